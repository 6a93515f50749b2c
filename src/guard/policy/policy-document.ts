import type { Document } from 'yaml';
import { isMap, isNode, isScalar, LineCounter, parseDocument, visit } from 'yaml';
import { Failure } from '../../shared/failure.ts';

/** The way to a member of the document: names of members and places in lists. */
export type Path = readonly PropertyKey[];

/** A mistake in a member of the file. */
export interface Mistake {
  path: Path;
  message: string;
}

/** The YAML document of a policy file, which knows the line of each member. */
export class PolicyDocument {
  readonly #file: string;
  readonly #lines = new LineCounter();
  readonly #document: Document;

  /** @throws Failure for what is no YAML, says nothing, or names members that every object has */
  constructor(text: string, file: string) {
    this.#file = file;
    this.#document = parseDocument(text, { lineCounter: this.#lines });
    this.#checkSyntax();
    if (this.#isEmpty) {
      throw this.refusal([
        { path: [], message: 'the file says nothing: write extends: standard if that is meant' },
      ]);
    }
    this.#checkNames();
  }

  toJS(): unknown {
    return this.#document.toJS();
  }

  /** The line of a member, for messages. */
  lineOf(path: Path): number {
    return this.#lineAt(offsetOf(this.#document, path));
  }

  /** The failure that names these mistakes, each as `FILE:LINE: MEMBER: what is wrong`. */
  refusal(mistakes: readonly Mistake[]): Failure {
    return refuse(
      mistakes.map(
        ({ path, message }) =>
          `${this.#file}:${this.lineOf(path)}: ${path.join('.') || 'policy'}: ${message}`,
      ),
    );
  }

  #checkSyntax(): void {
    const [error] = this.#document.errors;
    if (error) {
      throw refuse([`${this.#file}:${this.#lineAt(error.pos[0])}: ${error.message.split('\n')[0]}`]);
    }
  }

  get #isEmpty(): boolean {
    const { contents } = this.#document;
    if (!contents || (isScalar(contents) && contents.value === null)) return true;
    return isMap(contents) && contents.items.length === 0;
  }

  #checkNames(): void {
    const inherited = inheritedNames(this.#document);
    if (inherited.length === 0) return;
    throw refuse(
      inherited.map(({ name, at }) => `${this.#file}:${this.#lineAt(at)}: ${name}: there is no such member`),
    );
  }

  #lineAt(offset: number): number {
    return this.#lines.linePos(offset).line;
  }
}

const refuse = (messages: string[]) => new Failure('invalid_input', [...new Set(messages)].join('\n'));

/** Names that every object of JavaScript has: nobody's member, tool or class. */
function inheritedNames(document: Document): { name: string; at: number }[] {
  const found: { name: string; at: number }[] = [];
  visit(document, {
    Pair(_, { key }) {
      if (isScalar(key) && String(key.value) in Object.prototype) {
        found.push({ name: String(key.value), at: key.range?.[0] ?? 0 });
      }
    },
  });
  return found;
}

/** Where a member stands in the text; of a member that is not there, its parent. */
function offsetOf(document: Document, path: Path): number {
  if (path.length === 0) return 0;
  const parent = path.length === 1 ? document.contents : document.getIn(path.slice(0, -1), true);
  if (isMap(parent)) {
    const pair = parent.items.find(({ key }) => isNode(key) && String(key) === String(path.at(-1)));
    if (pair && isNode(pair.key)) return pair.key.range?.[0] ?? 0;
  }
  const node = document.getIn(path, true);
  if (isNode(node)) return node.range?.[0] ?? 0;
  return offsetOf(document, path.slice(0, -1));
}

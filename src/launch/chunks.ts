import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Script } from 'node:vm';

/**
 * The chunks of the bundle: functions of CommonJS modules, which `require` each other. They are compiled here and not by
 * Node, so that their compiled code can be kept: Node 20 has no way to do that for what it compiles.
 */
export class Chunks {
  readonly #folder: string;
  #code: ReadonlyMap<string, Buffer>;
  readonly #requireOther: NodeJS.Require;
  readonly #scripts = new Map<string, Script>();
  readonly #modules = new Map<string, { exports: unknown }>();
  #compiled = 0;

  /** @param code compiled code of chunks, by their file names */
  constructor(folder: string, code: ReadonlyMap<string, Buffer>) {
    this.#folder = folder;
    this.#code = code;
    this.#requireOther = createRequire(join(folder, 'chunk.js'));
  }

  /** How many chunks had to be compiled, because V8 has taken no compiled code of them. */
  get compiled(): number {
    return this.#compiled;
  }

  /** What a chunk exports; it runs when it is first required. */
  require(file: string): unknown {
    let module = this.#modules.get(file);
    if (!module) {
      module = { exports: {} };
      this.#modules.set(file, module);
      this.#run(file, module);
    }
    return module.exports;
  }

  /** The compiled code of the chunks that were loaded: that of functions which have run, too. */
  async compiledCode(): Promise<Map<string, Buffer>> {
    const code = new Map(this.#code);
    for (const [file, script] of this.#scripts) {
      // Other work comes between two of them.
      await setImmediate();
      code.set(file, script.createCachedData());
    }
    return code;
  }

  /** Lets go of the compiled code that it was given: what is loaded later is compiled. */
  forget(): void {
    this.#code = new Map();
  }

  #run(file: string, module: { exports: unknown }): void {
    const filename = join(this.#folder, file);
    const cachedData = this.#code.get(file);
    const script = new Script(readFileSync(filename, 'utf8'), {
      filename,
      ...(cachedData && { cachedData }),
    });
    if (script.cachedDataRejected !== false) this.#compiled += 1;
    this.#scripts.set(file, script);
    const require = (id: string): unknown =>
      id.startsWith('./') ? this.require(id.slice(2)) : this.#requireOther(id);
    script.runInThisContext()(module.exports, require, module, filename, this.#folder);
  }
}

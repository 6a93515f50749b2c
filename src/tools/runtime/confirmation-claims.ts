import { Failure } from '../../shared/failure.ts';
import { clean } from '../../shared/untrusted.ts';
import { looksLikeConfirmation, looksLikeRehearsal } from './confirmation-words.ts';
import type { Tool } from './define-tool.ts';
import { isBlank } from './read-arguments.ts';

/** An unknown argument whose name claims that a person has agreed, or that nothing will really be done. */
export interface Claim {
  /** The top-level argument that it is, or is inside of. */
  member: string;
  /** Its path in the arguments, e.g. `options.confirm`. */
  path: string;
  /** The sentence that refuses it. */
  why: string;
}

const noConfirmation =
  'no argument of a tool is a confirmation. Where one is needed, this server asks a person by itself; call again ' +
  'without it.';

const noRehearsal = 'this tool has no rehearsal: called without it, it acts. Nothing was done.';

/**
 * The claims among arguments that the tool does not have, at any depth. Blank ones do not count, and tools that only
 * read have none, because ignoring them does no harm there.
 */
export function claimsIn(tool: Tool, unknown: ReadonlyMap<string, unknown>): Claim[] {
  if (tool.risk === 'read') return [];
  return [...unknown].flatMap(([member, value]) => claimIn(member, value) ?? []);
}

/** The first claim in an argument. Without recursion, because the sender decides how deep it is nested. */
function claimIn(member: string, value: unknown): Claim | undefined {
  const open = [{ path: [member], value }];
  for (let one = open.pop(); one !== undefined; one = open.pop()) {
    const { path, value: inner } = one;
    if (isBlank(inner)) continue;
    const name = path.at(-1) ?? '';
    const why = looksLikeConfirmation(name) ? noConfirmation : looksLikeRehearsal(name) ? noRehearsal : '';
    if (why) return { member, path: path.map((part) => clean(part)).join('.'), why };
    if (typeof inner !== 'object' || inner === null) continue;
    for (const [key, within] of Object.entries(inner)) open.push({ path: [...path, key], value: within });
  }
  return undefined;
}

/** Throws `invalid_input` that names each claim. */
export function refuseClaims(claims: readonly Claim[]): void {
  const [first] = claims;
  if (first === undefined) return;
  const same = claims.filter(({ why }) => why === first.why).map(({ path }) => path);
  throw new Failure('invalid_input', `${same.slice(0, named).join(', ')}: ${first.why}`, {
    parameter: first.path,
  });
}

/** So many claims are named in the refusal. */
const named = 5;

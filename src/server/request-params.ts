import { parseJson } from '../shared/parse-json.ts';

/** A value as it was read, or what is wrong with it, as the end of a sentence. */
type Reading = { value: unknown } | { wrong: string };

/** How one member of an object is read. */
interface Member {
  /** It may be missing; null and an empty text count as missing. */
  optional?: boolean;
  read(value: unknown): Reading;
}

type Shape = Readonly<Record<string, Member>>;

/** Methods of the 2025 revisions only: in 2026-07-28 the SDK answers that they do not exist. */
const legacyOnly: ReadonlySet<string> = new Set([
  'initialize',
  'ping',
  'resources/subscribe',
  'resources/unsubscribe',
]);

/**
 * The parameters of a request with what hosts get wrong corrected (JSON in a text, numbers for texts, blanks), or a
 * sentence on what is wrong with them. Those of a method that is not in `shapes` stay as they are.
 */
export function readParams(
  method: string,
  params: unknown,
  era: 'legacy' | 'modern',
): { params: unknown } | { wrong: string } {
  const shape = Object.hasOwn(shapes, method) ? shapes[method] : undefined;
  if (!shape || (era === 'modern' && legacyOnly.has(method))) return { params };
  const reading = readMembers(shape, params ?? {});
  return 'wrong' in reading ? { wrong: `${method}: ${reading.wrong}.` } : { params: reading.value };
}

function readMembers(shape: Shape, given: unknown, path = ''): Reading {
  const members: Record<string, unknown> = { ...(given as object) };
  for (const [name, { optional, read }] of Object.entries(shape)) {
    const value = members[name];
    if (value === undefined || value === null || (optional && value === '')) {
      if (!optional) return { wrong: `${path}${name} is missing` };
      delete members[name];
      continue;
    }
    const reading = read(value);
    if ('wrong' in reading) return { wrong: `${path}${name}${reading.wrong}` };
    members[name] = reading.value;
  }
  return { value: members };
}

const text: Member['read'] = (value) => {
  if (typeof value === 'string') return { value };
  return Number.isSafeInteger(value) ? { value: String(value) } : { wrong: ' must be a string' };
};

/**
 * The name of a tool or prompt. The SDK looks it up in a plain object, in which it would find what objects have by
 * themselves (`constructor`), and tell it to be disabled.
 */
const registered: Member['read'] = (value) => {
  const reading = text(value);
  if ('wrong' in reading || !Object.hasOwn(Object.prototype, reading.value as string)) return reading;
  return { wrong: ` ${reading.value} was not found` };
};

/** An object; some hosts send a model's arguments as JSON in a string, or an empty object as a list (PHP). */
const object: Member['read'] = (value) => {
  const parsed = typeof value === 'string' ? parse(value) : value;
  if (parsed === null || (Array.isArray(parsed) && parsed.length === 0)) return { value: {} };
  if (typeof parsed !== 'object' || Array.isArray(parsed)) return { wrong: ' must be an object' };
  return { value: parsed };
};

const members =
  (shape: Shape): Member['read'] =>
  (value) => {
    const reading = object(value);
    return 'wrong' in reading ? reading : readMembers(shape, reading.value, '.');
  };

/** Arguments of prompts and completions: an object of texts, without blank ones. */
const texts: Member['read'] = (value) => {
  const reading = object(value);
  if ('wrong' in reading) return reading;
  const given = Object.entries(reading.value as object).filter(([, one]) => one !== null && one !== '');
  const wrong = given.find(([, one]) => typeof one === 'object');
  if (wrong) return { wrong: `.${wrong[0]} must be a string` };
  return { value: Object.fromEntries(given.map(([name, one]) => [name, String(one)])) };
};

const progressToken: Member['read'] = (value) =>
  typeof value === 'string' || Number.isSafeInteger(value)
    ? { value }
    : { wrong: ' must be a string or a whole number' };

const parse = (json: string): unknown => (json.trim() === '' ? null : parseJson(json));

const oneOf =
  (words: readonly string[]): Member['read'] =>
  (value) =>
    words.includes(String(value)) ? { value } : { wrong: ` must be one of ${words.join(', ')}` };

const optional = (read: Member['read']): Member => ({ read, optional: true });

const meta = { _meta: optional(members({ progressToken: optional(progressToken) })) };
const listing: Shape = { cursor: optional(text), ...meta };
const ofResource: Shape = { uri: { read: text }, ...meta };

const reference: Member['read'] = (value) => {
  const reading = members({ type: { read: oneOf(['ref/prompt', 'ref/resource']) } })(value);
  if ('wrong' in reading) return reading;
  const { type } = reading.value as { type: string };
  const shape: Shape = type === 'ref/prompt' ? { name: { read: registered } } : { uri: { read: text } };
  return readMembers(shape, reading.value, '.');
};

/** The members of each method's `params` that MCP defines and this server reads. */
const shapes: Readonly<Record<string, Shape>> = {
  initialize: {
    protocolVersion: { read: text },
    capabilities: { read: object },
    clientInfo: { read: members({ name: { read: text }, version: { read: text } }) },
    ...meta,
  },
  ping: meta,
  'tools/list': listing,
  'resources/list': listing,
  'resources/templates/list': listing,
  'prompts/list': listing,
  'tools/call': { name: { read: registered }, arguments: optional(object), ...meta },
  'prompts/get': { name: { read: registered }, arguments: optional(texts), ...meta },
  'resources/read': ofResource,
  'resources/subscribe': ofResource,
  'resources/unsubscribe': ofResource,
  'completion/complete': {
    ref: { read: reference },
    argument: { read: members({ name: { read: text }, value: { read: text } }) },
    context: optional(members({ arguments: optional(texts) })),
    ...meta,
  },
};

import type { SessionView } from '../../calls/store/views.ts';
import { requireFreshCalls } from '../../calls/sync/first-sync.ts';
import { type Participant, participantsOn } from '../../guard/assessment/people/participants.ts';
import { ownEnd } from '../../presentation/far-ends.ts';
import { otherSide } from '../../presentation/views.ts';
import { isId } from '../../ringcentral/wire/id.ts';
import type { Extension } from '../../ringcentral/wire/lookups.ts';
import { Failure, type FailureDetails } from '../../shared/failure.ts';
import { clean, quoted, untrusted } from '../../shared/untrusted.ts';
import type { ToolContext } from './context.ts';
import { isNamed, wordsOf } from './name-words.ts';
import { readAgain } from './read-again.ts';

/** So many calls are listed where it is not clear which is meant. */
const mostChoices = 10;

/** What a call is looked up for: an act takes no name that a caller chose. */
export interface CallUse {
  parameter?: string;
  acts: boolean;
  /** It is somebody else's call that is meant, to listen to. */
  listens?: boolean;
}

/** The call that is meant. */
export interface ResolvedCall {
  id: string;
  /**
   * Why a later reading of the call is not the one that was meant: whoever was named has left it. Absent where it was
   * named by id or handle.
   */
  mismatch?(reading: SessionView): Failure | undefined;
}

/**
 * The call that is meant by an id, a handle, a number of somebody on it, or a colleague's name; for reads also by the
 * name that an outsider shows. Only live calls are known by a name or number.
 * @throws Failure `not_found`, or `invalid_input` where several are meant or an outsider's name is all there is, both
 * with the calls to choose from
 */
export async function resolveCall(given: string, use: CallUse, context: ToolContext): Promise<ResolvedCall> {
  const { calls, sync } = context.line;
  const { parameter = 'telephonySessionId', acts, listens = false } = use;
  if (calls.isShown(given)) return { id: given };
  if (/^c\d+$/i.test(given)) {
    const id = calls.handles.find(given);
    if (id !== undefined) return { id };
  } else if (/^s-/.test(given) && isId(given)) return { id: given };
  await requireFreshCalls(sync);
  const listed = () => calls.active({ withoutJoined: true });
  const refusal = (kind: 'not_found' | 'invalid_input', why: string, choices: readonly SessionView[]) =>
    notClear(
      kind,
      `${why}${acts ? ' Nothing was done.' : ''}`,
      choices,
      { parameter, next: [listens ? 'list_monitored_extensions' : 'list_active_calls'] },
      context,
    );
  const lookup = await lookupOf(given, acts, context);
  const matches = lookup ? await currentMatches(listed, lookup, context) : [];
  const [found, ...more] = matches;
  if (lookup === undefined || found === undefined) {
    // An id of a form that is not known here: the platform says whether there is such a call.
    if (isOddId(given)) return { id: given };
    throw refusal(
      'not_found',
      `No live call is known by ${quoted(given)}.${listens ? onlyYours : ''}`,
      listed(),
    );
  }
  if (more.length > 0) {
    const fitting = matches.map(({ call }) => call);
    throw refusal('invalid_input', `Several calls fit ${quoted(given)}.`, fitting);
  }
  const { id } = found.call;
  if (acts && !found.isIdentity) {
    const why =
      `${quoted(given)} is a name that somebody outside gave to themselves, as anybody can: an act takes an id, a ` +
      'handle, a number or the name of a colleague.';
    throw refusal('invalid_input', why, [found.call]);
  }
  return {
    id,
    mismatch: (reading) =>
      matchesIn([reading], lookup).length > 0
        ? undefined
        : refusal('not_found', `${quoted(given)} is no longer on call ${id}.`, listed()),
  };
}

const onlyYours =
  ' Names and numbers find calls of your own; calls that you may listen to have their ids in list_monitored_extensions.';

/**
 * The calls that fit now. Where several do, those are read again of which no event tells the end; and at extension scope,
 * where calls of others are seen by chance, yours are meant.
 */
async function currentMatches(
  listed: () => readonly SessionView[],
  lookup: Lookup,
  context: ToolContext,
): Promise<Match[]> {
  const known = matchesIn(listed(), lookup);
  if (known.length < 2) return known;
  const { calls, scope } = context.line;
  const unseen = known.map(({ call }) => call).filter(({ id }) => calls.unseenSince(id) !== undefined);
  await readAgain(unseen, { most: mostChoices, isForced: true }, context);
  const matches = matchesIn(listed(), lookup);
  const yours = matches.filter(({ call }) => call.yourPartyId !== undefined);
  return scope === 'extension' && yours.length > 0 ? yours : matches;
}

/** Whether this may be an id of a form that is not known here; no handle, number or name. */
const isOddId = (given: string): boolean => isId(given) && /\d/.test(given) && !/^[c+]?\d+$/i.test(given);

/** Who is meant by a number or a name. */
interface Lookup {
  /** Extensions of the account. */
  extensionIds: ReadonlySet<string>;
  /** A number that is no extension's. */
  digits?: string;
  /** Words of a name. */
  name?: readonly string[];
}

async function lookupOf(
  given: string,
  acts: boolean,
  { line: { directory } }: ToolContext,
): Promise<Lookup | undefined> {
  const digits = digitsOf(given);
  const [extensions, self] = await Promise.all([
    directory.extensions(),
    directory.identity().catch(() => undefined),
  ]);
  const others = extensions.filter(({ id }) => id !== self?.extensionId);
  if (digits === undefined) {
    const name = wordsOf(given);
    if (name.length === 0) return undefined;
    return { name, extensionIds: idsOf(others.filter((one) => isNamed(one.name, name, acts))) };
  }
  const numbers = await directory.accountNumbers();
  const direct = numbers.filter(({ phoneNumber }) => isSameNumber(phoneNumber, digits));
  const ids = new Set([
    ...direct.flatMap(({ extensionId }) => extensionId ?? []),
    ...idsOf(extensions.filter(({ extensionNumber }) => extensionNumber === digits)),
  ]);
  // Who shows a number of this account without being of it has forged it.
  return ids.size > 0 || direct.length > 0 ? { extensionIds: ids } : { extensionIds: ids, digits };
}

const idsOf = (extensions: readonly Extension[]): Set<string> => new Set(extensions.map(({ id }) => id));

interface Match {
  call: SessionView;
  /** By an extension of this account or a number, not by a name that anybody can give themselves. */
  isIdentity: boolean;
}

const matchesIn = (calls: readonly SessionView[], lookup: Lookup): Match[] =>
  calls.flatMap((call): Match[] => {
    const people = peopleOf(call);
    if (people.some((person) => isIdentified(person, lookup))) return [{ call, isIdentity: true }];
    const { name } = lookup;
    const isCalled =
      name && people.some((person) => !person.extensionId && isNamed(person.name, name, false));
    return isCalled ? [{ call, isIdentity: false }] : [];
  });

type Person = Pick<Participant, 'extensionId' | 'phoneNumber' | 'name'>;

function isIdentified({ extensionId, phoneNumber }: Person, { extensionIds, digits }: Lookup): boolean {
  if (extensionId !== undefined) return extensionIds.has(extensionId);
  return digits !== undefined && phoneNumber !== undefined && isSameNumber(phoneNumber, digits);
}

/** Everybody on a call but you, those who were brought into it as a conference included. */
const peopleOf = (call: SessionView): Person[] => [
  ...participantsOn(call).filter(({ you }) => !you),
  ...(call.members ?? []).flatMap(({ people }) =>
    people.map((person): Person => {
      const { extensionId } = person;
      const end = ownEnd(person);
      return {
        ...(extensionId !== undefined && { extensionId }),
        ...(end?.phoneNumber !== undefined && { phoneNumber: end.phoneNumber }),
        ...(end?.name !== undefined && { name: end.name }),
      };
    }),
  ),
];

/** The digits of what is written as a number, with its plus; undefined for a name. */
function digitsOf(given: string): string | undefined {
  const plain = given.replace(/[\s().-]/g, '');
  return /^\+?\d{2,20}$/.test(plain) ? plain : undefined;
}

/** The same number, or one written without the country code: its last seven digits or more. */
function isSameNumber(number: string, digits: string): boolean {
  if (number === digits) return true;
  const significant = digits.replace(/^0+/, '');
  return !digits.startsWith('+') && significant.length >= 7 && number.endsWith(significant);
}

function notClear(
  kind: 'not_found' | 'invalid_input',
  why: string,
  calls: readonly SessionView[],
  details: Pick<FailureDetails, 'parameter' | 'next'>,
  { line }: ToolContext,
): Failure {
  const choices = calls.slice(0, mostChoices).map((call) => ({
    ...{ telephonySessionId: call.id, handle: line.calls.handles.of(call.id) },
    with: withWords(call),
  }));
  const list = choices.map(
    ({ handle, telephonySessionId, with: who }) => `${handle} ${telephonySessionId} (${who})`,
  );
  const told = list.length > 0 ? `Choose one of: ${list.join('; ')}.` : 'There is no live call.';
  return new Failure(kind, `${why} ${told}`, { ...details, choices });
}

/** Who is on a call, as the line of a list tells it. */
function withWords(call: SessionView): string {
  const own = call.parties.find(({ id }) => id === call.yourPartyId);
  if (own && !call.members) return otherSide(own, call);
  const people = peopleOf(call).map(({ extensionId, phoneNumber, name }) =>
    [phoneNumber, name && (extensionId === undefined ? untrusted(name) : clean(name))]
      .filter(Boolean)
      .join(' '),
  );
  return people.slice(0, 3).join(', ') || 'nobody yet';
}

import { ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import type { PartyRef } from '../../guard/action.ts';
import { identityOf } from '../../guard/assessment/targets/account.ts';
import { otherSideOf } from '../../presentation/next-step-words.ts';
import { isConference } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from '../runtime/context.ts';
import { isNamed, wordsOf } from '../runtime/name-words.ts';
import { resolveCall } from '../runtime/resolve-call.ts';

/** A call with your leg of it. */
export interface OwnCall {
  call: SessionView;
  own: PartyView;
}

export const refOf = ({ call, own }: OwnCall): PartyRef => ({ telephonySessionId: call.id, partyId: own.id });

/** Your calls whose leg is in this state; conferences only where they are asked for. */
export const callsIn = (state: 'Answered' | 'Hold', { line: { calls } }: ToolContext): OwnCall[] =>
  calls.active({ apart: true }).flatMap((call) => {
    const own = ownParty(call);
    return own?.status.code === state && !isConference(call) ? [{ call, own }] : [];
  });

/** Your conference in which your phone is the host, if there is one. */
export const conferenceOf = ({ line: { calls } }: ToolContext): OwnCall | undefined => {
  for (const call of calls.active({ apart: true })) {
    const host = call.parties.find(
      ({ conferenceRole, status }) => conferenceRole === 'Host' && status.code === 'Answered',
    );
    if (isConference(call) && host) return { call, own: host };
  }
  return undefined;
};

/**
 * The call that was named, or, where none was, the only one that fits.
 * @param what for the message: `a call that you talk on`
 * @throws Failure `wrong_state` or `invalid_input` with the calls to choose from
 */
export async function theCall(
  named: string | undefined,
  fitting: readonly OwnCall[],
  what: string,
  context: ToolContext,
  parameter = 'telephonySessionId',
): Promise<OwnCall> {
  if (named !== undefined) {
    const { id } = await resolveCall(named, { parameter, acts: true }, context);
    const found = fitting.find(({ call }) => call.id === id);
    if (found) return found;
    throw new Failure('wrong_state', `Call ${id} is not ${what}. Nothing was done.`, {
      parameter,
      next: ['read_call_session_status'],
    });
  }
  const [first, ...more] = fitting;
  if (first !== undefined && more.length === 0) return first;
  if (first === undefined) {
    throw new Failure('wrong_state', `There is not ${what}. Nothing was done.`, {
      next: ['list_active_calls'],
    });
  }
  const choices = fitting.map(({ call }) => ({
    ...{ telephonySessionId: call.id, handle: call.handle, with: otherSideOf(call) },
  }));
  const list = choices.map(
    ({ handle, telephonySessionId, with: who }) => `${handle ?? telephonySessionId} (${who})`,
  );
  throw new Failure(
    'invalid_input',
    `Several calls fit. Choose one of: ${list.join(', ')}. Nothing was done.`,
    {
      parameter,
      choices,
      next: ['list_active_calls'],
    },
  );
}

/**
 * The extension number of a colleague who is named by it or by a name.
 * @throws Failure `not_found`, or `invalid_input` with those to choose from
 */
export async function colleagueNumber(given: string, { line: { directory } }: ToolContext): Promise<string> {
  if (/^\d{2,8}$/.test(given.trim())) return given.trim();
  const [extensions, self] = await Promise.all([directory.extensions(), directory.identity()]);
  const words = wordsOf(given);
  const found = extensions.filter(
    ({ id, type, name, extensionNumber }) =>
      type === 'User' &&
      id !== self.extensionId &&
      extensionNumber !== undefined &&
      words.length > 0 &&
      isNamed(name, words),
  );
  const [first, ...more] = found;
  const details = { parameter: 'colleague', next: ['find_extensions'] };
  if (first?.extensionNumber === undefined) {
    throw new Failure('not_found', `No colleague is known by that name. Nothing was done.`, details);
  }
  if (more.length === 0) return first.extensionNumber;
  const choices = found.map(({ extensionNumber, name }) => ({ extensionNumber, name }));
  const list = found.map((one) => identityOf(one)).join(', ');
  throw new Failure('invalid_input', `Several colleagues fit: ${list}. Nothing was done.`, {
    ...details,
    choices,
  });
}

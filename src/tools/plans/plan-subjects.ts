import { isOwn, ownParty } from '../../calls/store/own-party.ts';
import { isHosting } from '../../calls/store/party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import type { PartyRef } from '../../guard/action.ts';
import { otherSideOf } from '../../presentation/person-names.ts';
import { isConference, listensIn } from '../../ringcentral/wire/session.ts';
import { Failure } from '../../shared/failure.ts';
import type { ToolContext } from '../runtime/context.ts';
import { resolveCall } from '../runtime/resolve-call.ts';

/** A call with your leg of it. */
export interface CallWithLeg {
  call: SessionView;
  own: PartyView;
}

export const refOf = ({ call, own }: CallWithLeg): PartyRef => ({
  telephonySessionId: call.id,
  partyId: own.id,
});

/** Your calls whose leg is in this state; neither conferences nor those that you only listen to. */
export const callsIn = (state: 'Answered' | 'Hold', { line: { calls } }: ToolContext): CallWithLeg[] =>
  calls.active({ withoutJoined: true }).flatMap((call) => {
    const own = ownParty(call);
    return own?.status.code === state && !isConference(call) && !listensIn(own) ? [{ call, own }] : [];
  });

/** Your conference in which your phone is the host, if there is one. */
export const conferenceOf = ({ line: { calls } }: ToolContext): CallWithLeg | undefined => {
  for (const call of calls.active({ withoutJoined: true })) {
    const host = call.parties.find(isHosting);
    if (isConference(call) && host && isOwn(call, host)) return { call, own: host };
  }
  return undefined;
};

/**
 * The call that was named, or, where none was, the only one that fits.
 * @param what for the message: `call that you are talking on`
 * @throws Failure `wrong_state` or `invalid_input` with the calls to choose from
 */
export async function theCall(
  named: string | undefined,
  fitting: readonly CallWithLeg[],
  what: string,
  context: ToolContext,
  parameter = 'telephonySessionId',
): Promise<CallWithLeg> {
  if (named !== undefined) {
    const { id, mismatch } = await resolveCall(named, { parameter, acts: true }, context);
    const failure = mismatch?.(await context.line.sync.refresh(id, { signal: context.signal }));
    if (failure) throw failure;
    const found = fitting.find(({ call }) => call.id === id);
    if (found) return found;
    throw new Failure('wrong_state', `Call ${id} is not a ${what}. Nothing was done.`, {
      parameter,
      next: [
        {
          tool: 'read_call_session_status',
          arguments: { telephonySessionId: id },
          why: 'shows how the call stands',
        },
      ],
    });
  }
  const [first, ...more] = fitting;
  if (first !== undefined && more.length === 0) return first;
  if (first === undefined) {
    throw new Failure('wrong_state', `There is no ${what}. Nothing was done.`, {
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

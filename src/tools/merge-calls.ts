import { Failure } from '../shared/failure.ts';
import { createCallPartyWithBringIn } from './create-call-party-with-bring-in.ts';
import { createConferenceCallSession } from './create-conference-call-session.ts';
import { beginPlan } from './plans/begin-plan.ts';
import { mergeCalls as kind } from './plans/merge-calls.ts';
import { callsIn, conferenceOf, type OwnCall, refOf, theCall } from './plans/plan-subjects.ts';
import { planOutput } from './plans/render-plan.ts';
import type { ToolContext } from './runtime/context.ts';
import { defineTool } from './runtime/define-tool.ts';
import { callName } from './runtime/parameters.ts';

export const mergeCalls = defineTool({
  name: kind.name,
  title: 'Merge calls into a conference',
  description:
    'Put two of your calls together with you into one conference: all hear each other. Adds one call to a conference ' +
    'that you host already. Needs a SIP phone of yours that joins by itself. To drop out use bridge_call_party.',
  input: {
    telephonySessionId: () => callName('One call, e.g. c412, default your only two').optional(),
    targetTelephonySessionId: () => callName('The other call, e.g. c413').optional(),
  },
  output: planOutput,
  risk: 'plan',
  idempotent: false,
  async run({ telephonySessionId, targetTelephonySessionId }, context) {
    await context.line.sync.ensureFresh();
    const conference = conferenceOf(context);
    const [first, second] = conference
      ? [undefined, await theSecond(targetTelephonySessionId ?? telephonySessionId, context)]
      : await both(telephonySessionId, targetTelephonySessionId, context);
    if (!conference && !context.line.conferenceHosts.hasJoined) throw noHost();
    const subject = refOf(conference ?? (first as OwnCall));
    const other = refOf(second);
    return beginPlan(
      {
        kind,
        args: {
          ...subject,
          targetTelephonySessionId: other.telephonySessionId,
          targetPartyId: other.partyId,
        },
        calls: {
          second: second.call.id,
          ...(first && { first: first.call.id }),
          ...(conference && { conference: conference.call.id }),
        },
        subject,
        other,
        tools: [createConferenceCallSession, createCallPartyWithBringIn],
        effect: {
          does: conference
            ? 'bring {others} into {conference}'
            : 'bring {them} and {others} together with you into one conference',
          heard: conference
            ? 'All of them hear each other and you.'
            : 'All of them hear each other and you. When you hang up, it ends for everybody.',
          undo: 'Cannot be undone: whoever is in the conference leaves it only by hanging up or being dropped.',
        },
      },
      context,
    );
  },
});

/** Your calls that can be brought in, those that you talk on first. */
const mergeable = (context: ToolContext): OwnCall[] => [
  ...callsIn('Answered', context),
  ...callsIn('Hold', context),
];

const what = 'a call of yours that can join a conference';

const theSecond = (named: string | undefined, context: ToolContext): Promise<OwnCall> =>
  theCall(named, mergeable(context), what, context, 'targetTelephonySessionId');

/** Two calls: those that were named, or the only two there are. */
async function both(
  one: string | undefined,
  another: string | undefined,
  context: ToolContext,
): Promise<[OwnCall, OwnCall]> {
  const all = mergeable(context);
  const named = one === undefined ? undefined : await theCall(one, all, what, context);
  const rest = all.filter(({ call }) => call.id !== named?.call.id);
  if (named === undefined && another === undefined && rest.length > 2) {
    // Says which there are.
    await theCall(undefined, all, what, context);
  }
  const second = await theCall(
    another ?? (named === undefined ? rest[1]?.call.id : undefined),
    rest,
    what,
    context,
    'targetTelephonySessionId',
  );
  const first = named ?? rest.find(({ call }) => call.id !== second.call.id);
  if (first === undefined) {
    throw new Failure('wrong_state', 'There are not two calls of yours to merge. Nothing was done.', {
      next: ['list_active_calls'],
    });
  }
  return [first, second];
}

const noHost = () =>
  new Failure(
    'wrong_state',
    'A conference needs a SIP phone of yours that dials into it as its host, which this server cannot make it do, and ' +
      'none has been seen to since it started: both callers would be brought into an empty room. Nothing was done. ' +
      'Once your phone has hosted a conference, merge_calls works.',
    { next: ['bridge_call_party', 'create_conference_call_session'] },
  );

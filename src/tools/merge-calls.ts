import { otherSideOf } from '../presentation/person-names.ts';
import { awayWords } from '../presentation/ways-back.ts';
import { Failure } from '../shared/failure.ts';
import { createCallPartyWithBringIn } from './create-call-party-with-bring-in.ts';
import { createConferenceCallSession } from './create-conference-call-session.ts';
import { beginPlan } from './plans/begin-plan.ts';
import { mergeCalls as kind } from './plans/merge-calls.ts';
import { type CallWithLeg, callsIn, conferenceOf, refOf, theCall } from './plans/plan-subjects.ts';
import { planOutput } from './plans/render-plan.ts';
import type { ToolContext } from './runtime/context.ts';
import { defineTool } from './runtime/define-tool.ts';
import { callName } from './runtime/parameters.ts';
import { resolveCall } from './runtime/resolve-call.ts';

export const mergeCalls = defineTool({
  name: kind.name,
  title: 'Merge calls into a conference',
  description:
    'Put two of your calls together with you into one conference: all hear each other. Adds one call to a conference ' +
    'that you host already. Needs a SIP phone of yours that joins: else begin with create_conference_call_session. To drop ' +
    'out use bridge_call_party.',
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
    if (!conference && !context.line.conferenceHosts.hasJoined) throw noHost(context);
    const [first, second] = conference
      ? [undefined, await theSecond(telephonySessionId, targetTelephonySessionId, conference, context)]
      : await both(telephonySessionId, targetTelephonySessionId, context);
    const subject = refOf(conference ?? (first as CallWithLeg));
    const other = refOf(second);
    const away = awayWords(conference?.call);
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
            ? `All of them hear each other${away === undefined ? ' and you' : `; you are ${away} there`}.`
            : 'All of them hear each other and you. When you hang up, it ends for everybody.',
          undo: 'Cannot be undone: whoever is in the conference leaves it only by hanging up or being dropped.',
        },
      },
      context,
    );
  },
});

/** Your calls that can be brought in, those that you talk on first. */
const mergeable = (context: ToolContext): CallWithLeg[] => [
  ...callsIn('Answered', context),
  ...callsIn('Hold', context),
];

const what = 'call of yours that can join a conference';

/**
 * The one call that joins a conference which you host already; the conference itself may be named beside it.
 * @throws Failure `invalid_input` where two other calls are named, or none and there are several: one joins at a time
 */
async function theSecond(
  one: string | undefined,
  another: string | undefined,
  conference: CallWithLeg,
  context: ToolContext,
): Promise<CallWithLeg> {
  const all = mergeable(context);
  const named = await Promise.all(
    [one, another].map((name) => name && resolveCall(name, { acts: true }, context).then(({ id }) => id)),
  );
  const others = [one, another].filter((name, index) => name && named[index] !== conference.call.id);
  if (others.length < 2 && (others.length === 1 || all.length < 2)) {
    return theCall(others[0], all, what, context, 'targetTelephonySessionId');
  }
  const fitting = others.length === 2 ? all.filter(({ call }) => named.includes(call.id)) : all;
  throw new Failure(
    'invalid_input',
    'You host a conference already: calls join it one at a time, each after a yes. Nothing was done.',
    {
      parameter: 'targetTelephonySessionId',
      next: fitting.slice(0, mostChoices).map(({ call }) => ({
        tool: kind.name,
        arguments: { telephonySessionId: conference.call.id, targetTelephonySessionId: call.id },
        why: `brings ${otherSideOf(call)} in`,
      })),
    },
  );
}

/** So many calls are advised where one has to be chosen. */
const mostChoices = 5;

/** Two calls: those that were named, or the only two there are. */
async function both(
  one: string | undefined,
  another: string | undefined,
  context: ToolContext,
): Promise<[CallWithLeg, CallWithLeg]> {
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
  if (first === undefined) throw notTwo();
  return [first, second];
}

const notTwo = (): Failure =>
  new Failure('wrong_state', 'There are not two calls of yours to merge. Nothing was done.', {
    next: ['list_active_calls'],
  });

/** Why there is no conference for them; what to do depends on whether one waits for its host, or could be of use. */
function noHost(context: ToolContext): Failure {
  const waiting = context.line.calls.waitingConference();
  if (waiting) return waitsForHost(waiting);
  if (mergeable(context).length < 2) return notTwo();
  const open = {
    tool: 'create_conference_call_session',
    arguments: {},
    why: 'opens one; once your phone has joined it, merge one call at a time',
  };
  return new Failure(
    'wrong_state',
    'A conference needs a SIP phone of yours that joins it as host, and this server has not seen one do so yet. ' +
      'So that nobody sits in an empty room, open the conference first. Nothing was done.',
    { next: [open] },
  );
}

function waitsForHost({ id }: { id: string }): Failure {
  const wait = {
    tool: 'wait_for_call_event',
    arguments: { telephonySessionId: id, until: 'Answered' },
    why: 'tells when your phone has joined; then merge one call at a time',
  };
  return new Failure(
    'wrong_state',
    'Your conference is open, and waits for your SIP phone to join it. Nothing was brought in yet.',
    { next: [wait] },
  );
}

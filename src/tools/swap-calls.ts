import { holdCallParty } from './hold-call-party.ts';
import { beginPlan } from './plans/begin-plan.ts';
import { callsIn, refOf, theCall } from './plans/plan-subjects.ts';
import { planOutput } from './plans/render-plan.ts';
import { swapCalls as kind } from './plans/swap-calls.ts';
import { defineTool } from './runtime/define-tool.ts';
import { callName } from './runtime/parameters.ts';
import { unholdCallParty } from './unhold-call-party.ts';

export const swapCalls = defineTool({
  name: kind.name,
  title: 'Swap two calls',
  description:
    'Toggle between two calls: the one you talk with is held and hears music, the held one talks with you. If that ' +
    'fails, all is as before. A hold made at the phone ends only there. For one call use hold_call_party.',
  input: {
    telephonySessionId: () => callName('Talking, e.g. c412, default the only one').optional(),
    targetTelephonySessionId: () => callName('On hold, e.g. c413, default the only one').optional(),
  },
  output: planOutput,
  risk: 'plan',
  idempotent: false,
  async run({ telephonySessionId, targetTelephonySessionId }, context) {
    await context.line.sync.ensureFresh();
    const talking = await theCall(
      telephonySessionId,
      callsIn('Answered', context),
      'call that you are talking on',
      context,
    );
    const waiting = await theCall(
      targetTelephonySessionId,
      callsIn('Hold', context),
      'call that you have on hold',
      context,
      'targetTelephonySessionId',
    );
    const other = refOf(waiting);
    return beginPlan(
      {
        kind,
        args: {
          ...refOf(talking),
          targetTelephonySessionId: other.telephonySessionId,
          targetPartyId: other.partyId,
        },
        calls: { talking: talking.call.id, waiting: waiting.call.id },
        subject: refOf(talking),
        other,
        tools: [holdCallParty, unholdCallParty],
        effect: {
          does: 'put {them} on hold and let you talk with {others} instead',
          heard:
            'The first hears music, the second hears you. A hold that was made at the phone ends only at the phone.',
          undo: 'Can be undone: you can change back.',
        },
      },
      context,
    );
  },
});

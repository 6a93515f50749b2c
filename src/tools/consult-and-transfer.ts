import { z } from 'zod';
import { identityOf } from '../guard/assessment/targets/account.ts';
import { Failure } from '../shared/failure.ts';
import { bridgeCallParty } from './bridge-call-party.ts';
import { createCallOutCallSession } from './create-call-out-call-session.ts';
import { deleteCallSession } from './delete-call-session.ts';
import { holdCallParty } from './hold-call-party.ts';
import { beginPlan } from './plans/begin-plan.ts';
import { consultAndTransfer as kind } from './plans/consult-and-transfer.ts';
import { type CallWithLeg, callsIn, refOf, theCall } from './plans/plan-subjects.ts';
import { planOutput } from './plans/render-plan.ts';
import { advise } from './runtime/advise.ts';
import type { ToolContext } from './runtime/context.ts';
import { defineTool } from './runtime/define-tool.ts';
import { extensionChoices } from './runtime/extension-choices.ts';
import { callName, deviceId, words } from './runtime/parameters.ts';
import { colleagueNumber, ownExtension } from './runtime/resolve-colleague.ts';
import { defaultPhone } from './runtime/resolve-phone.ts';
import { unholdCallParty } from './unhold-call-party.ts';

/** Unless told otherwise, a phone rings so long, in seconds: most mailboxes take a call after twenty. */
const ringSeconds = { least: 10, usual: 18, most: 60 };

export const consultAndTransfer = defineTool({
  name: kind.name,
  title: 'Consult and transfer',
  description:
    'Warm transfer in one: hold your caller, who hears music, call a colleague, and connect the two once the colleague ' +
    'answers in person, or take the caller back. One question covers it. Anything else that answers is told. To hand over ' +
    'unannounced use transfer_call_party.',
  input: {
    colleague: () => words('Extension or name, e.g. 102', 60),
    telephonySessionId: () => callName('Caller, e.g. c412, default your only call').optional(),
    fromDeviceId: deviceId,
    ifAnswered: () => z.enum(['connect', 'tell_me']).optional().describe('Default connect'),
    ifNot: () => z.enum(['return', 'tell_me']).optional().describe('Default return: take caller back'),
    ringSeconds: () =>
      z
        .number()
        .int()
        .min(ringSeconds.least)
        .max(ringSeconds.most)
        .optional()
        .describe(`${ringSeconds.least} to ${ringSeconds.most}, default ${ringSeconds.usual}`),
  },
  output: planOutput,
  risk: 'plan',
  idempotent: false,
  async run(given, context) {
    await context.line.sync.ensureFresh();
    const talking = callsIn('Answered', context);
    const caller = await theCall(
      given.telephonySessionId,
      given.telephonySessionId === undefined && talking.length > 0
        ? talking
        : [...talking, ...callsIn('Hold', context)],
      'call that you are talking on or have on hold',
      context,
    );
    const toExtensionNumber = await colleagueNumber(given.colleague, 'colleague', context);
    await mustBePerson(toExtensionNumber, caller, context);
    const fromDeviceId = given.fromDeviceId ?? (await defaultPhone('fromDeviceId', context));
    const { ifAnswered = 'connect', ifNot = 'return' } = given;
    const args = {
      ...refOf(caller),
      ...{ toExtensionNumber, fromDeviceId, ifAnswered, ifNot },
      ringSeconds: given.ringSeconds ?? ringSeconds.usual,
    };
    const connects = ifAnswered === 'connect';
    const answered = connects
      ? 'the two are connected once the colleague answers in person'
      : 'you decide once somebody answers';
    const otherwise = ifNot === 'return' ? 'you get the caller back' : 'the caller stays on hold';
    const isHeld = caller.own.status.code === 'Hold';
    return beginPlan(
      {
        ...{ kind, args, calls: { caller: caller.call.id }, subject: refOf(caller) },
        tools: [holdCallParty, createCallOutCallSession, bridgeCallParty, deleteCallSession, unholdCallParty],
        targets: [{ kind: 'extensionNumber', value: toExtensionNumber, parameter: 'colleague' }],
        deviceIds: [fromDeviceId],
        effect: {
          does: `${isHeld ? 'keep' : 'put'} {them} on hold and call {target} from {phone}: ${answered}, else ${otherwise}`,
          heard:
            'Music while the caller waits. Your phone answers by itself, its microphone opens, and whoever answers hears ' +
            `you${connects ? ' for three seconds before the two are connected' : ''}.` +
            (isHeld ? ' If the caller was put on hold at the phone, only the phone takes them back.' : ''),
          undo: connects
            ? 'Once the two are connected you are off the call and cannot come back by yourself; until then it can be cancelled.'
            : 'Can be undone: you can take the caller back.',
        },
      },
      context,
    );
  },
});

/** Throws `invalid_input` for an extension that nobody answers in person, and for your own. */
async function mustBePerson(
  extensionNumber: string,
  { call, own }: CallWithLeg,
  context: ToolContext,
): Promise<void> {
  const { directory } = context.line;
  const [extensions, self] = await Promise.all([directory.extensions(), directory.identity()]);
  const called = extensions.find((one) => one.extensionNumber === extensionNumber);
  const isPerson = called?.type === undefined || called.type === 'User';
  if (isPerson && called?.id !== self.extensionId) return;
  if (isPerson) throw ownExtension('colleague');
  const choices = await extensionChoices([called], context);
  throw new Failure(
    'invalid_input',
    `${identityOf(called)} is not answered by a person: only a colleague can be consulted. Nothing was done.`,
    { parameter: 'colleague', next: ['find_extensions', ...advise({ call, party: own, choices }, context)] },
  );
}

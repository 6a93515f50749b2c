import { exactlyOne } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { id, telephonySessionId, words } from './runtime/parameters.ts';
import { autoAnswer, listens, mode, supervisorDeviceId } from './runtime/supervision-parameters.ts';

export const superviseCallSession = defineAction({
  name: 'supervise_call_session',
  title: 'Listen to a call',
  description:
    'Listen silently to both sides of the Answered call of an agent you monitor. A person is asked first. ' +
    'Give exactly one of agentExtensionId, agentExtensionNumber. One supervisor a call. For one side use ' +
    'supervise_call_party. Stop with delete_call_party.',
  input: {
    telephonySessionId,
    supervisorDeviceId,
    agentExtensionId: () => id('e.g. 622').optional(),
    agentExtensionNumber: () => words('e.g. 102', 20).optional(),
    autoAnswer,
  },
  risk: 'listen',
  idempotent: false,
  check: (args) => exactlyOne(args, ['agentExtensionId', 'agentExtensionNumber']),
  phone: 'supervisorDeviceId',
  effect: { does: 'let you listen in on the call between {them}', ...listens },
  body: ({ telephonySessionId: _call, ...rest }) => ({ mode, ...rest }),
  proof: 'event',
  shows: ({ party }) => party?.status.code === 'Answered',
  awaits: 'you are listening in',
  done: 'You are listening in; nobody on the call hears you.',
});

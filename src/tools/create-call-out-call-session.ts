import { z } from 'zod';
import { exactlyOne } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { deviceId, extensionNumber, idempotencyKey, phoneNumber } from './runtime/parameters.ts';

const connecting: ReadonlySet<string> = new Set(['Proceeding', 'Answered']);

export const createCallOutCallSession = defineAction({
  name: 'create_call_out_call_session',
  title: 'Place a call',
  description:
    'Place a call: your phone answers by itself with its microphone open, then the destination rings. Give ' +
    'exactly one of toPhoneNumber, toExtensionNumber. `accepted` does not mean somebody answered: ' +
    'wait_for_call_event tells. For groups use create_conference_call_session.',
  input: {
    fromDeviceId: deviceId,
    toPhoneNumber: phoneNumber,
    toExtensionNumber: extensionNumber,
    countryId: () => z.number().int().min(1).optional().describe('Dialling plan, e.g. 1, default yours'),
    hangUpAfterSeconds: () =>
      z.number().int().min(15).max(120).optional().describe('15 to 120: ends it then if unanswered'),
    idempotencyKey,
  },
  risk: 'place-call',
  idempotent: false,
  check: (args) => exactlyOne(args, ['toPhoneNumber', 'toExtensionNumber']),
  targets: ({ toPhoneNumber, toExtensionNumber, countryId }) => [
    {
      ...(toPhoneNumber !== undefined
        ? { kind: 'phoneNumber', value: toPhoneNumber, parameter: 'toPhoneNumber' }
        : { kind: 'extensionNumber', value: toExtensionNumber ?? '', parameter: 'toExtensionNumber' }),
      ...(countryId !== undefined && { countryId }),
    },
  ],
  endsAfter: ({ hangUpAfterSeconds }) => hangUpAfterSeconds,
  phone: 'fromDeviceId',
  effect: {
    does: 'call {target}, from {phone}',
    heard:
      'Your phone answers by itself, its microphone opens, and the other side hears you when they answer.',
    undo: 'Cannot be undone: their phone rings at once, and you can only hang up again.',
  },
  body: ({ fromDeviceId, toPhoneNumber, toExtensionNumber, countryId }) => ({
    from: { deviceId: fromDeviceId },
    to:
      toPhoneNumber !== undefined
        ? { phoneNumber: toPhoneNumber }
        : { extensionNumber: toExtensionNumber ?? '' },
    ...(countryId !== undefined && { countryId }),
  }),
  proof: 'event',
  shows: ({ call, party }) =>
    party !== undefined &&
    connecting.has(party.status.code) &&
    call?.parties.some(({ id }) => id !== party.id) === true,
  awaits: 'your phone is being connected',
  done: (_args, _onYou, { party }) =>
    party?.status.code === 'Answered'
      ? 'You are on the line, your microphone is open, and {target} is being called; nobody has answered yet.'
      : 'Your phone is being connected, then {target} is called.',
});

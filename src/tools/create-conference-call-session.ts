import { defineAction } from './runtime/define-action.ts';
import { idempotencyKey } from './runtime/parameters.ts';

export const createConferenceCallSession = defineAction({
  name: 'create_conference_call_session',
  title: 'Open a conference',
  description:
    'Open an empty conference that nobody hears. Your SIP phone must join as host within 38 s or it ends. ' +
    'Then add calls (up to 10 parties) with create_call_party_with_bring_in. For just two callers use ' +
    'bridge_call_party.',
  input: { idempotencyKey },
  risk: 'redirect',
  idempotent: false,
  effect: {
    does: 'open an empty conference',
    heard: 'Nobody hears anything until calls are brought in.',
    undo: 'Can be undone: it ends by itself unless you join it.',
  },
  proof: 'answer',
  shows: ({ call }) => call !== undefined,
  awaits: 'the conference is open',
  done: 'The conference is open and waits 38 s for your SIP phone to join as host.',
});

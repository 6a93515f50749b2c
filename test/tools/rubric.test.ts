import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tools } from '../../src/tools/index.ts';
import { registrationOf } from '../../src/tools/runtime/registration.ts';

/** What a description says beside its purpose: the siblings to use instead or with it, and who hears what. */
interface Row {
  siblings: readonly string[];
  /** Its words for what people hear; absent where it touches no call. */
  heard?: string;
}

const rubric: Readonly<Record<string, Row>> = {
  list_active_calls: {
    siblings: ['read_call_session_status', 'wait_for_call_event'],
    heard: 'Nobody hears it',
  },
  wait_for_call_event: { siblings: ['list_active_calls', 'read_call_session_status'] },
  list_devices: { siblings: ['list_call_flip_numbers'] },
  find_extensions: { siblings: ['transfer_call_party', 'forward_call_party', 'list_monitored_extensions'] },
  list_call_flip_numbers: { siblings: ['call_flip_party', 'list_devices'] },
  list_monitored_extensions: {
    siblings: ['supervise_call_session', 'supervise_call_party', 'find_extensions'],
  },
  read_call_recording: { siblings: ['read_call_session_status'] },
  consult_and_transfer: { siblings: ['transfer_call_party'], heard: 'who hears music' },
  merge_calls: { siblings: ['bridge_call_party'], heard: 'all hear each other' },
  swap_calls: { siblings: ['hold_call_party'], heard: 'hears music' },
  cancel_plan: { siblings: ['wait_for_call_event'], heard: 'take the caller back' },
  create_call_out_call_session: {
    siblings: ['wait_for_call_event', 'create_conference_call_session'],
    heard: 'its microphone open',
  },
  create_conference_call_session: {
    siblings: ['create_call_party_with_bring_in', 'bridge_call_party'],
    heard: 'nobody hears',
  },
  read_call_session_status: {
    siblings: ['list_active_calls', 'read_call_party_status', 'wait_for_call_event'],
    heard: 'Nobody hears it',
  },
  delete_call_session: {
    siblings: ['delete_call_party', 'bridge_call_party', 'transfer_call_party', 'reject_party'],
    heard: 'cut off without announcement',
  },
  create_call_party_with_bring_in: {
    siblings: ['create_conference_call_session', 'bridge_call_party'],
    heard: 'all hear each other',
  },
  read_call_party_status: { siblings: ['read_call_session_status'], heard: 'Nobody hears it' },
  update_call_party: { siblings: ['hold_call_party'], heard: 'the others stop or start hearing you' },
  delete_call_party: { siblings: ['delete_call_session', 'reject_party'], heard: 'without announcement' },
  unhold_call_party: { siblings: ['pickup_call_party'], heard: 'hear each other again' },
  call_park_party: {
    siblings: ['pickup_call_party', 'hold_call_party', 'transfer_call_party'],
    heard: 'the caller hears music',
  },
  call_flip_party: { siblings: ['transfer_call_party'], heard: 'the other side is on hold while it rings' },
  reply_party: { siblings: ['forward_call_party'], heard: 'a voice speak a message to a ringing caller' },
  bridge_call_party: {
    siblings: ['create_conference_call_session', 'transfer_call_party'],
    heard: 'hear each other',
  },
  ignore_call_in_queue: { siblings: ['reject_party'], heard: 'the caller notices nothing' },
  supervise_call_party: { siblings: ['supervise_call_session', 'delete_call_party'], heard: 'silently' },
  reject_party: {
    siblings: ['ignore_call_in_queue', 'forward_call_party', 'reply_party'],
    heard: 'the caller hears ringing',
  },
  start_call_recording: { siblings: ['pause_resume_call_recording'], heard: 'people normally hear' },
  pause_resume_call_recording: { siblings: ['start_call_recording'], heard: 'People may hear' },
  answer_call_party: {
    siblings: ['reject_party', 'forward_call_party', 'pickup_call_party'],
    heard: 'the caller hears the room',
  },
  transfer_call_party: {
    siblings: ['consult_and_transfer', 'forward_call_party'],
    heard: 'the other side hears ringing',
  },
  hold_call_party: {
    siblings: ['unhold_call_party', 'update_call_party', 'call_park_party'],
    heard: 'the other side hears music, not you',
  },
  pickup_call_party: { siblings: ['unhold_call_party', 'answer_call_party'], heard: 'the caller hears you' },
  forward_call_party: {
    siblings: ['transfer_call_party', 'reject_party'],
    heard: 'the caller hears ringing',
  },
  supervise_call_session: { siblings: ['supervise_call_party', 'delete_call_party'], heard: 'silently' },
};

interface Parameter {
  type: string;
  description: string;
  enum?: readonly string[];
}
const name = /\b[a-z]+(?:_[a-z]+)+\b/g;
/** `worksIn` of a tool's definition, by which it is refused. */
function statesOf(tool: string): string[] {
  const source = readFileSync(`src/tools/${tool.replaceAll('_', '-')}.ts`, 'utf8');
  return source.match(/worksIn: \[(.*?)\]/)?.[1]?.match(/\w+/g) ?? [];
}

it('has a row for every tool', () => {
  expect(Object.keys(rubric).toSorted()).toEqual(tools.map((tool) => tool.name).toSorted());
});

describe.each(tools)('the description of $name', (tool) => {
  const { description, inputSchema } = registrationOf(tool);
  const { siblings, heard } = rubric[tool.name] ?? { siblings: [] };
  const clauses = description.split(/[.,] /);

  it('begins with what it does', () => {
    // A verb, as in "Hold: …" or "Park an incoming call".
    expect(description).toMatch(/^[A-Z][a-z]+:? [a-z]/);
  });

  it('says when to use which sibling', () => {
    for (const sibling of siblings) {
      const clause = clauses.find((one) => one.includes(sibling));
      expect(clause?.replaceAll(name, '').match(/\w+/g)?.length, sibling).toBeGreaterThanOrEqual(2);
    }
  });

  it('names the states that it works in', () => {
    for (const state of statesOf(tool.name)) expect(description).toMatch(new RegExp(`\\b${state}\\b`));
  });

  it('says who hears what', () => {
    if (tool.risk !== 'read') expect(heard).toBeDefined();
    expect(description).toContain(heard ?? '');
  });

  it('has parameters with a format, an example or a default', () => {
    const { properties = {} } = inputSchema['~standard'].jsonSchema.input({ target: 'draft-2020-12' }) as {
      properties?: Record<string, Parameter>;
    };
    const formats: Readonly<Record<string, RegExp>> = {
      string: /\be\.g\. \S/,
      boolean: /^(true|false): /,
      integer: /\be\.g\. \d|\bdefault\b|^\d+ to \d+/,
      number: /\be\.g\. \d|\bdefault\b|^\d+ to \d+/,
    };
    for (const [parameter, { type, description: text, enum: values }] of Object.entries(properties))
      if (values === undefined) expect(text, parameter).toMatch(formats[type] ?? /^$/);
  });
});

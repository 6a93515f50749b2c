import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type OperationName, operations } from '../../src/ringcentral/wire/operation-table.ts';
import {
  type Agent,
  type Answer,
  clientKinds,
  connect,
  type Question,
  type ToolAnswer,
} from './support/agents.ts';
import { Control, type LoggedRequest } from './support/control.ts';
import { operationCases, Stage, succeeded } from './support/operations.ts';
import { listeningEnvironmentOf, startSandboxProcess, withoutLimits } from './support/process.ts';

/** What `standard` asks about, whatever the arguments. */
const asking: OperationName[] = [
  'delete_call_session',
  'delete_call_party',
  'reply_party',
  'start_call_recording',
  'supervise_call_party',
  'supervise_call_session',
];

interface Attempt {
  result: ToolAnswer;
  questions: Question[];
  /** What reached RingCentral. */
  requests: LoggedRequest[];
}

/** What a person answers, or nothing where the host cannot ask, and what has to come of it. */
const answers: { how: string; answer?: Answer; judge(attempt: Attempt): void }[] = [
  {
    how: 'the person declines',
    answer: { action: 'decline' },
    judge({ result, questions, requests }) {
      expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
      expect(questions).toHaveLength(1);
      expect(requests).toEqual([]);
    },
  },
  {
    how: 'the form comes back with a no',
    answer: { action: 'accept', content: { confirm: false } },
    judge({ result, requests }) {
      expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
      expect(requests).toEqual([]);
    },
  },
  {
    how: 'the person closes the question',
    answer: { action: 'cancel' },
    judge({ result, requests }) {
      expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'cancelled' });
      expect(requests).toEqual([]);
    },
  },
  {
    how: 'the host cannot ask',
    judge({ result, requests }) {
      expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'unsupported' });
      expect(result.structuredContent?.error?.message).toContain('--approvals');
      expect(requests).toEqual([]);
    },
  },
  {
    how: 'the person says yes, once',
    answer: { action: 'accept', content: { confirm: true } },
    judge({ result, questions, requests }) {
      succeeded(result);
      expect(questions).toHaveLength(1);
      expect(questions[0]?.message).toMatch(/\+14155550123|extension 10[12]/);
      expect(requests).toHaveLength(1);
    },
  },
];

// At the same time, each with a platform of its own: mostly they wait for phones to ring.
describe.concurrent.each(clientKinds)('an act that needs a yes, with the %s', (kind) => {
  let sandbox: Awaited<ReturnType<typeof startSandboxProcess>>;
  let control: Control;
  let stage: Stage;

  beforeAll(async () => {
    sandbox = await startSandboxProcess(...withoutLimits('every operation is tried on one login'));
    control = new Control(sandbox.address.controlUrl);
    stage = new Stage(control);
  });
  afterAll(() => sandbox.stop());

  const connectAgent = (options?: { asks: boolean }) =>
    connect(kind, { stdio: { args: ['serve'], env: listeningEnvironmentOf(sandbox.address) } }, options);

  /** Requests of this operation that reached RingCentral since then. */
  async function sent(name: OperationName, since: number) {
    const { method, path } = operations[name];
    const pattern = new RegExp(`/telephony${path.replace(/\{\w+\}/g, '[^/]+')}$`);
    const { requests } = await control.requests(since);
    return requests.filter((request) => request.method === method && pattern.test(request.path));
  }

  // One agent for the six acts: as many as a person is asked about in a minute.
  describe.sequential.each(answers)('$how', ({ answer, judge }) => {
    let one: Agent;

    beforeAll(async () => {
      one = await connectAgent({ asks: answer !== undefined });
      if (answer) one.person.answer = () => answer;
    });
    afterAll(() => one.close());

    it.each(asking)('%s', async (name) => {
      const { args } = await operationCases[name].valid(stage, async (tool, given) =>
        succeeded(await one.call(tool, given)),
      );
      const asked = one.questions.length;
      const { next } = await control.requests();
      const result = await one.call(name, args);
      judge({ result, questions: one.questions.slice(asked), requests: await sent(name, next) });
    });
  });

  describe.sequential('whatever happens meanwhile', () => {
    let one: Agent;
    beforeEach(async () => {
      one = await connectAgent();
    });
    afterEach(() => one.close());

    it('goes outside only with a yes, and inside without', async () => {
      one.person.answer = () => ({ action: 'decline' });
      const outside = await stage.talking();
      const { next } = await control.requests();
      const refused = await one.call('transfer_call_party', {
        telephonySessionId: outside.telephonySessionId,
        phoneNumber: '+14155550188',
      });
      expect(refused.structuredContent?.error).toMatchObject({ kind: 'not_confirmed', reason: 'declined' });
      expect(await sent('transfer_call_party', next)).toEqual([]);
      succeeded(
        await one.call('transfer_call_party', {
          telephonySessionId: outside.telephonySessionId,
          extensionNumber: '102',
        }),
      );
      expect(one.questions).toHaveLength(1);
    });

    it('is asked anew when the call has changed meanwhile', async () => {
      const leg = await stage.talking();
      const questions: string[] = [];
      one.person.answer = async ({ message }) => {
        questions.push(message);
        // While the person thinks, the call is put on hold at the phone.
        if (questions.length === 1) {
          await control.act(leg.telephonySessionId, leg.partyId, 'hold');
          return { action: 'accept', content: { confirm: true } };
        }
        return { action: 'decline' };
      };
      const { next } = await control.requests();
      const result = await one.call('start_call_recording', { telephonySessionId: leg.telephonySessionId });
      expect(result.structuredContent?.error).toMatchObject({ kind: 'not_confirmed' });
      expect(questions.length).toBe(2);
      expect(await sent('start_call_recording', next)).toEqual([]);
    });

    it('is not done when the call ends while the person thinks', async () => {
      const leg = await stage.talking();
      one.person.answer = async () => {
        await control.drop(leg.telephonySessionId);
        return { action: 'accept', content: { confirm: true } };
      };
      const { next } = await control.requests();
      const result = await one.call('delete_call_session', { telephonySessionId: leg.telephonySessionId });
      expect(result.structuredContent?.error?.kind).toBe('wrong_state');
      expect(one.questions).toHaveLength(1);
      expect(await sent('delete_call_session', next)).toEqual([]);
    });
  });
});

import type { ElicitResult } from '@modelcontextprotocol/client';
import { DESK_101, id, OUTSIDE, type Sandbox } from 'ringcentral-sandbox/testing';
import { Failure } from '../../../src/shared/failure.ts';
import type { Era } from './host.ts';
import type { LoggedRequest } from './in-process-rest.ts';
import { InProcessTestbed, type Shown, type ToolCall } from './in-process-testbed.ts';

/** A tool call with all that came of it so far. */
export interface Act extends ToolCall {
  /** The questions that its host showed, the newest last. */
  questions: Shown<Act>[];
  /** What the client got, as text: a result, or the protocol's error. */
  answer?: string;
}

/** A number or extension, or one with a name. */
type Caller = Parameters<Sandbox['call']>[0];

/** A call: party 1 is the caller, party 2 whoever was called. */
export interface TestCall {
  call: string;
  theirs: string;
  ours: string;
}

/**
 * An in-process testbed where each step is taken and waited for: hosts of one era before a real server on the
 * sandbox, one agent `ann` and another `bob`, and the sandbox's log of requests.
 */
export class StepTestbed {
  readonly inner: InProcessTestbed<Act>;
  /** Every request that reached the sandbox: `POST /call-out {"to":…}`. */
  readonly requests: string[] = [];

  constructor(era: Era, options: ConstructorParameters<typeof InProcessTestbed>[3] = {}) {
    const watcher = {
      asked: (shown: Shown<Act>) => void shown.call.questions.push(shown),
      closed() {},
      sending() {},
      sent: (entry: LoggedRequest) => void this.requests.push(words(entry)),
      answered: (act: Act, text: string) => {
        act.answer = text;
      },
    };
    this.inner = new InProcessTestbed<Act>(era, 1, watcher, options);
  }

  /** Requests that do something on the phones. */
  get sent(): string[] {
    return this.requests.filter((request) => request.includes('/telephony/') && !request.startsWith('GET'));
  }

  get sandbox() {
    return this.inner.sandbox;
  }

  /** An outsider calls 101, or a colleague. */
  ringing(from: Caller = OUTSIDE, to = '+12055550101'): TestCall {
    const call = this.sandbox.call(from, to);
    this.sandbox.clock.advance(500);
    return testCall(call);
  }

  /** They talk, at the desk phone of whoever was called. */
  talking(from: Caller = OUTSIDE, to = '+12055550101', deviceId = DESK_101): TestCall {
    const one = this.ringing(from, to);
    this.sandbox.act(one.call, 2, 'answer', { deviceId });
    this.sandbox.clock.advance(500);
    return one;
  }

  /** Calls a tool, until it has ended or waits for its person. */
  async call(tool: string, args: object, principal = 'ann'): Promise<Act> {
    const act: Act = { principal, tool, args: { ...args }, questions: [] };
    this.inner.call(act);
    await this.inner.settle();
    return act;
  }

  /** The person answers the newest question of an act. */
  async answer(act: Act, answer: ElicitResult | ((shown: Shown<Act>) => ElicitResult)): Promise<Act> {
    const shown = act.questions.at(-1);
    if (!shown) throw new Error(`nobody was asked: ${act.answer}`);
    shown.answer(typeof answer === 'function' ? answer(shown) : answer);
    await this.inner.settle();
    return act;
  }

  /** Reads what the guard asks of the account ahead of the first act, as the server does when its feed is live. */
  async warm(): Promise<void> {
    const { directory } = this.inner.line;
    await Promise.all([directory.identity(), directory.accountNumbers(), directory.extensions()]);
  }

  /** From now on the platform refuses to tell of calls. */
  breakReads(): void {
    this.inner.line.platform.readSession = () =>
      Promise.reject(new Failure('rate_limited', 'Slow down.', { retryAfterSeconds: 30 }));
  }

  /** The same tool call, or another, with the state of a question and an answer that nobody gave to it. */
  async forge(act: ToolCall, state: string | undefined, answer: unknown): Promise<Act> {
    const { principal, tool, args } = act;
    const forged: Act = { principal, tool, args, questions: [] };
    this.inner.forge(forged, state, answer);
    await this.inner.settle();
    return forged;
  }
}

export const testCall = (call: string): TestCall => ({ call, theirs: id(call, 1), ours: id(call, 2) });

const words = ({ method, path, body }: LoggedRequest) =>
  `${method} ${path.replace('/restapi/v1.0/account/~', '')}${body === undefined ? '' : ` ${JSON.stringify(body)}`}`;

/** `kind`, or `kind reason`, of what an act was refused with; `done` where it was not. */
export function endOf({ answer }: Act): string {
  if (answer === undefined) return 'open';
  const [, kind] = /"error":\{"kind":"(\w+)"/.exec(answer) ?? [];
  const [, reason] = /"reason":"(\w+)"/.exec(answer.slice(answer.indexOf('"error"'))) ?? [];
  if (kind) return reason ? `${kind} ${reason}` : kind;
  return /-32602|Invalid|Error/.test(answer) ? 'protocol error' : 'done';
}

/** A yes in whatever form the question has. */
export const sayYes = ({ form }: Shown<Act>): ElicitResult => {
  const { decision } = form.requestedSchema.properties;
  return {
    action: 'accept',
    content: decision ? { decision: decision.enum?.[0] ?? '' } : { confirm: true },
  };
};

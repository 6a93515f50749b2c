import type { ServerContext } from '@modelcontextprotocol/server';
import { CLIENT_CAPABILITIES_META_KEY, PROTOCOL_VERSION_META_KEY } from '@modelcontextprotocol/server';
import type { Action } from '../../../src/guard/action.ts';
import type { ActOutcome, Asker, Guard, Question, ReadyRequest } from '../../../src/guard/contract.ts';
import { Failure } from '../../../src/shared/failure.ts';

export type Era = '2025' | '2026';
export const eras: readonly Era[] = ['2025', '2026'];

export interface ShownForm {
  message: string;
  requestedSchema: { properties: Record<string, { type?: string; enum?: string[]; default?: unknown }> };
}
export type RawAnswer = { action: string; content?: unknown };
/** A person, as the host hears them; never answering is a promise that does not settle. */
export type Person = (form: ShownForm) => RawAnswer | Promise<RawAnswer>;

/** A yes in whatever form the question has. */
export const yes: Person = ({ requestedSchema: { properties } }) => ({
  action: 'accept',
  content: properties.decision ? { decision: properties.decision.enum?.[0] } : { confirm: true },
});
export const grant: Person = ({ requestedSchema: { properties } }) => ({
  action: 'accept',
  content: { decision: properties.decision?.enum?.[1] },
});
export const decline: Person = () => ({ action: 'decline' });
export const cancel: Person = () => ({ action: 'cancel' });
export const never: Person = () => new Promise(() => {});

export interface Returned {
  state: string;
  answer: unknown;
}

/** What the SDK hands to a tool handler, as far as the guard looks at it. Real hosts are in sdk.test.ts. */
export async function asker(
  era: Era,
  guard: Guard,
  person: Person | undefined,
  returned?: Returned,
  signal: AbortSignal = new AbortController().signal,
): Promise<Asker> {
  const capabilities = person ? { elicitation: { form: {} } } : {};
  const modern = { [PROTOCOL_VERSION_META_KEY]: '2026-07-28', [CLIENT_CAPABILITIES_META_KEY]: capabilities };
  // The SDK verifies state before the handler runs, and answers -32602 by itself where this throws.
  const state = returned && (await guard.requestState.verify?.(returned.state, {} as ServerContext));
  const mcpReq = {
    signal,
    ...(era === '2026' && { envelope: modern }),
    ...(returned && { inputResponses: { confirm: returned.answer } }),
    requestState: () => state,
    send: (request: { params: ShownForm }, options: { signal: AbortSignal }) =>
      new Promise((resolve, reject) => {
        options.signal.addEventListener('abort', () => reject(new Error('aborted')));
        if (person) Promise.resolve(person(request.params)).then(resolve, reject);
        else reject(new Error('method not found'));
      }),
  };
  return { context: { mcpReq } as unknown as ServerContext, capabilities };
}

/** An act that was let through and sent: it ends when the test says so. */
export interface Permit {
  kind: 'permit';
  /** Resolves when the guard has taken note. */
  done(outcome: ActOutcome): Promise<void>;
}

/** Of an act whose request costs nothing. */
export const prepareNothing = async (): Promise<ReadyRequest<object>> => ({
  async send(_body, beforeSend) {
    beforeSend();
    return {};
  },
  cancel() {},
});

/** Asks the guard for an act whose request is nothing; the answer comes when it was sent, or a question. */
export function authorize(guard: Guard, action: Action, asked: Asker): Promise<Permit | Question> {
  return new Promise((resolve, reject) => {
    const running = guard.run<object, undefined>(action, asked, {
      prepare: prepareNothing,
      async execute({ send }) {
        await send(undefined);
        const outcome = await new Promise<ActOutcome>((end) => {
          const done = async (outcome: ActOutcome) => {
            end(outcome);
            await running;
          };
          resolve({ kind: 'permit', done });
        });
        return { result: undefined, outcome };
      },
    });
    running.then((question) => question && resolve(question), reject);
  });
}

export interface Host {
  /** Calls a tool as a host of this era does, to the end. */
  authorize(action: Action, person?: Person): Promise<Permit>;
  /** Every question shown so far. */
  shown: ShownForm[];
}

export function createHost(era: Era, guard: Guard): Host {
  const shown: ShownForm[] = [];
  return {
    shown,
    async authorize(action, person) {
      const watched: Person | undefined =
        person &&
        ((form) => {
          shown.push(form);
          return person(form);
        });
      let decision = await authorize(guard, action, await asker(era, guard, watched));
      while (decision.kind === 'question') {
        const { state, form } = questionOf(decision.result);
        if (!watched) throw new Error('asked a host that cannot ask');
        const returned = { state, answer: await watched(form) };
        decision = await authorize(guard, action, await asker(era, guard, watched, returned));
      }
      return decision;
    },
  };
}

export function questionOf(result: unknown): { state: string; form: ShownForm } {
  const { requestState, inputRequests } = result as {
    requestState: string;
    inputRequests: { confirm: { params: ShownForm } };
  };
  return { state: requestState, form: inputRequests.confirm.params };
}

/** The failure of a promise, for looking at its kind and reason. */
export async function failure(promise: Promise<unknown>): Promise<Failure> {
  const error = await promise.then(
    () => new Error('it succeeded'),
    (thrown: unknown) => thrown,
  );
  if (error instanceof Failure) return error;
  throw error;
}

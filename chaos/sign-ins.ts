import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from 'ringcentral-sandbox/testing';
import { differences, linesOf, pictureOf } from '../bench/support/pictures.ts';
import { type ClientKind, clientKinds, type ToolAnswer } from '../test/e2e/support/agents.ts';
import type { TrueCall } from '../test/e2e/support/control.ts';
import { type SignedIn, signIn } from '../test/e2e/support/signed-in.ts';
import { Browser } from '../test/team/support/browser.ts';
import { openOwnPage, press } from '../test/team/support/own-page.ts';
import type { Caused } from './faults.ts';
import { patienceMs } from './host.ts';
import { ownLegs } from './own-legs.ts';
import type { Place } from './place.ts';
import type { CampaignRecord } from './record.ts';

/** Who signs in: the users of the sandbox's scenario `team`. */
export const users = ['101', '102', '103', '104', '105', '106', '107', '108'];

export interface SignInsOptions {
  place: Place;
  record: CampaignRecord;
  seed: number;
  signal: AbortSignal;
  reached: Reached;
  /** Which client the host is made of. */
  kind: ClientKind;
  /** What was heard, or done, that should not have been. */
  wrong: { seen: string[]; ended: string[] };
  caused: Pick<Caused, 'redisLosses'>;
}

/** Reads all calls of the account (platform.md 9.2). */
const administrator = '101';

/** Who may read each call, as far as it was seen: whom it came to; where it was parked, everybody. */
export class Reached {
  readonly #extensions = new Map<string, Set<string>>();

  /** Whether the person may read the call, as far as it was seen. */
  has(call: TrueCall, extensionNumber: string): boolean {
    return this.foreign(call.telephonySessionId, extensionNumber).length === 0;
  }

  async read(place: Place): Promise<void> {
    const { calls, extensions } = await place.truth();
    const numbers = new Map(extensions.map(({ id, extensionNumber }) => [String(id), extensionNumber]));
    for (const { telephonySessionId, parties, reached = [] } of calls) {
      const known = this.#extensions.get(middleOf(telephonySessionId)) ?? new Set();
      for (const { extensionId } of parties) known.add(numbers.get(String(extensionId)) ?? '');
      for (const { extensionNumber } of reached) known.add(extensionNumber ?? '');
      if (parties.some(({ status }) => status.code === 'Parked')) for (const user of users) known.add(user);
      known.add(administrator);
      this.#extensions.set(middleOf(telephonySessionId), known);
    }
  }

  /** Calls in a text that are known, and never came to this extension. */
  foreign(text: string, extensionNumber: string): string[] {
    const named = [...text.matchAll(callWord)].map(([, middle = '']) => middle);
    return [...new Set(named)].filter((middle) => {
      const known = this.#extensions.get(middle);
      return known !== undefined && !known.has(extensionNumber);
    });
  }
}

/** Of a host whose kind does not matter. */
const lastKind = clientKinds[1];

/** A call's id in the middle of those of the call and its parties. */
const callWord = /[sp]-([0-9a-f]{13}z[0-9a-f]{11}z[0-9a-f]{10})/g;
const middleOf = (id: string): string => [...id.matchAll(callWord)][0]?.[1] ?? id;

const enterAs = (place: Place, kind: ClientKind, extensionNumber: string): Promise<SignedIn> =>
  signIn(kind, {
    ...{ url: `${place.balancer.url}/mcp`, extensionNumber },
    scopes: ['calls:control', 'calls:destructive'],
  });

/** Presses a button of the person's own page. @returns whether the page then says that they have paused */
async function onOwnPage(place: Place, extensionNumber: string, wish: string): Promise<boolean> {
  const browser = new Browser(place.balancer.url);
  const { body } = await press(browser, await openOwnPage(browser, extensionNumber), wish);
  return /Paused since/.test(body);
}

/** A person with a host: signs in, works, pauses, signs out, is revoked, and signs in again. Answers the last host. */
export async function person(
  extensionNumber: string,
  options: SignInsOptions,
): Promise<SignedIn | undefined> {
  const { place, record, seed, signal, kind, reached, wrong, caused } = options;
  const random = createRandom(seed);
  const url = `${place.balancer.url}/mcp`;
  const extensionId = await place.control.extensionId(extensionNumber);
  let host: SignedIn | undefined;
  /** Undefined: it is not known, because the page did not answer. */
  let isPaused: boolean | undefined = false;

  const enter = async (): Promise<void> => {
    host = await enterAs(place, kind, extensionNumber);
    record.tries('people', `sign in, ${kind}`);
  };
  const use = async (tool: string, args: object = {}) => {
    if (!host) return undefined;
    const wasPaused = isPaused;
    const answer = await host.agent.call(tool, args, AbortSignal.timeout(patienceMs));
    record.tries('people', wasPaused ? `${tool}, paused` : tool);
    judgePause(wasPaused, tool, answer);
    const text = JSON.stringify(answer ?? '');
    if (reached.foreign(text, extensionNumber).length > 0) await reached.read(place);
    for (const call of reached.foreign(text, extensionNumber)) {
      wrong.seen.push(`${extensionNumber} hears by ${tool} of ${call}: ${text.slice(0, 400)}`);
    }
    return answer;
  };
  const onPage = async (wish: string): Promise<void> => {
    isPaused = undefined;
    isPaused = await onOwnPage(place, extensionNumber, wish);
    record.tries('people', `${wish} on the own page`);
  };
  /** A pause holds until the person ends it or signs out, unless Redis forgets it. */
  const judgePause = (wasPaused: boolean | undefined, tool: string, answer: ToolAnswer | undefined): void => {
    if (!wasPaused || !answer || answer.isError) return;
    if (caused.redisLosses.length > 0) isPaused = undefined;
    else wrong.ended.push(`${extensionNumber} has paused, and ${tool} answers`);
  };
  const turn = async (): Promise<void> => {
    if (!host) return enter();
    const chance = random.next();
    if (chance < 0.04) {
      const { agent, provider } = host;
      const token = provider.tokens()?.access_token;
      await onPage('sign-out');
      host = undefined;
      await agent.close().catch(() => {});
      const { status } = await fetch(url, {
        method: 'POST',
        body: '{}',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      });
      if (status < 400) wrong.ended.push(`${extensionNumber} has signed out, and its token gives ${status}`);
      return;
    }
    if (chance < 0.07) {
      record.tries('people', 'sessions at RingCentral are revoked');
      return void (await place.control.fault({ kind: 'revoke-session', extensionNumber }));
    }
    if (chance < 0.12) {
      return onPage(isPaused ? 'resume' : 'pause');
    }
    await use('list_active_calls', { detail: true });
    const [leg] = ownLegs((await place.truth()).calls, extensionId);
    if (!leg) return void (await use('wait_for_call_event', { timeoutSeconds: 2 }));
    const { telephonySessionId } = leg;
    const tool = random.pick(['hold_call_party', 'unhold_call_party', 'read_call_session_status']);
    await use(tool, { telephonySessionId });
    // Somebody else's call is nobody's business.
    await reached.read(place);
    const other = (await place.truth()).calls.find((call) => !reached.has(call, extensionNumber));
    if (other) {
      record.tries('people', 'another’s call is asked for');
      const stolen = await host.agent.call('read_call_session_status', {
        telephonySessionId: other.telephonySessionId,
      });
      await reached.read(place);
      if (!stolen.isError && !reached.has(other, extensionNumber))
        wrong.seen.push(`${extensionNumber} reads ${other.telephonySessionId}`);
    }
  };
  while (!signal.aborted) {
    // Replicas that are killed while somebody signs in: they try again.
    await turn().catch(async (error: Error) => {
      record.tries('people', `tries again: ${error.message.slice(0, 160)}`);
      if (/401|Unauthorized|authoriz/i.test(error.message)) host = undefined;
      // The platform lets a person log in a few times a minute.
      await pause(10_000, undefined, { signal }).catch(() => {});
    });
    await pause(random.integer(300, 1_500), undefined, { signal }).catch(() => {});
  }
  return host;
}

/**
 * Waits until each is shown what is true on their own line, and answers what is wrong at the end. Whom the last fault has
 * put out signs in again.
 */
export async function judgeLines(
  place: Place,
  hosts: ReadonlyMap<string, SignedIn | undefined>,
  withinMs: number,
): Promise<string[]> {
  const until = Date.now() + withinMs;
  const wrong = await Promise.all(
    [...hosts].map(async ([extensionNumber, last]) => {
      let host = last;
      const extensionId = await place.control.extensionId(extensionNumber);
      for (;;) {
        host ??= await enterAs(place, lastKind, extensionNumber).catch(() => undefined);
        const shown = host && (await pictureOf(host.agent).catch(() => undefined));
        if (!shown) host = undefined;
        // Who has paused is shown nothing.
        else if (!shown.feed) await onOwnPage(place, extensionNumber, 'resume').catch(() => {});
        const { calls } = await place.truth();
        const own = calls.filter((call) => ownLegs([call], extensionId).length > 0);
        const found = shown ? differences(shown.lines, linesOf(own)) : ['no answer'];
        if (found.length === 0 || Date.now() > until) {
          await host?.agent.close().catch(() => {});
          return found.map((one) => `${extensionNumber}: ${one}`);
        }
        await pause(shown ? 1_000 : 5_000);
      }
    }),
  );
  return wrong.flat();
}

import { setTimeout as pause } from 'node:timers/promises';
import { createRandom } from 'ringcentral-sandbox/testing';
import { Host, type HostOptions } from './host.ts';

export interface WaiterOptions extends HostOptions {
  seed: number;
  signal: AbortSignal;
  /** Aborts when no more happens: what is left is read then. */
  quiet: AbortSignal;
}

const isUnverified = /^Not verified/m;
/** So many are in an answer at most. */
const mostEvents = 100;

/** What an agent was told that waits all the time. */
export interface Heard {
  /** When its first cursor was made, epoch ms; what was before is not its business. */
  since: number;
  /** `party status`, each with when it says that it was. */
  events: Map<string, string>;
  /** Between these times, epoch ms, it was told that events are lost. */
  lost: { from: number; to: number }[];
  /** Cursors that it was told of more than once. */
  twice: string[];
  /** What it was answered, in order. */
  answers: WaitAnswer[];
}

export interface WaitAnswer {
  /** Epoch ms. */
  at: number;
  /** The cursors that it is about: after one, up to the other. Each is a time of Redis in microseconds. */
  after: number;
  cursor: number;
  events: number;
}

interface ToldEvent {
  cursor: number;
  partyId: string;
  status: string;
  time: string;
}

/** An agent that waits for events with the cursor of the last answer, through a balancer. */
export async function wait(options: WaiterOptions): Promise<Heard> {
  const { record, seed, signal, quiet } = options;
  const random = createRandom(seed);
  const host = await Host.open(options);
  let after = await firstCursor(host);
  const heard: Heard = { since: Date.now(), events: new Map(), lost: [], twice: [], answers: [] };
  let told = Date.now();
  let isDone = false;
  const cursors = new Set<number>();
  while (!isDone) {
    const isLast = quiet.aborted;
    const timeoutSeconds = signal.aborted ? 0 : random.integer(0, 8);
    const answer = await host.ask('wait_for_call_event', { after, timeoutSeconds });
    const shown = answer?.structuredContent;
    if (shown?.cursor === undefined || !Array.isArray(shown.events)) {
      record.tries('waits', answer ? `${shown?.error?.kind ?? 'other'}` : 'no answer');
      await pause(200);
      continue;
    }
    record.tries('waits', shown.lost ? 'told that events are lost' : 'answered');
    if (shown.lost) {
      heard.lost.push({ from: told, to: Date.now() });
      cursors.clear();
    }
    for (const { cursor, partyId, status, time } of shown.events as ToldEvent[]) {
      heard.events.set(`${partyId} ${status}`, time);
      if (cursors.has(cursor)) heard.twice.push(`${cursor} ${partyId} ${status}`);
      cursors.add(cursor);
    }
    // An answer while no events come says so, and one that is full has more behind it: neither promises anything. A loss
    // that is told later reaches back to before them.
    const isFull = shown.events.length >= mostEvents;
    if (!isFull && !isUnverified.test(answer?.content[0]?.text ?? '')) told = Date.now();
    heard.answers.push({ at: Date.now(), after, cursor: shown.cursor, events: shown.events.length });
    isDone = isLast && shown.cursor === after;
    after = shown.cursor;
    if (signal.aborted && !isDone) await pause(100);
  }
  await host.close();
  return heard;
}

async function firstCursor(host: Host): Promise<number> {
  for (;;) {
    const cursor = (await host.ask('list_active_calls', {}))?.structuredContent?.cursor;
    if (cursor !== undefined) return cursor;
    await pause(200);
  }
}

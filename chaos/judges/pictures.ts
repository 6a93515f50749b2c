import { setTimeout as pause } from 'node:timers/promises';
import { differences, linesOf, pictureOf } from '../../bench/support/pictures.ts';
import { connect } from '../../test/e2e/support/agents.ts';
import type { Place } from '../place.ts';
import type { CampaignRecord } from '../record.ts';

export interface Patience {
  /** How long it waits at most. */
  withinMs: number;
  /** Has them read every call again now and then, instead of waiting until they do by themselves. */
  fresh: boolean;
}

/** Waits until every replica shows what is true, and answers what they show wrong at the end. */
export async function judgePictures(
  place: Place,
  { withinMs, fresh }: Patience,
  record: Pick<CampaignRecord, 'say'>,
): Promise<string[]> {
  const until = Date.now() + withinMs;
  const wrong = await Promise.all(
    place.seats.map(async ({ name, replica }, nth) => {
      const agent = await connect('v2 client, 2026-07-28', { http: replica.url });
      let tries = 0;
      for (;;) {
        const { lines, stale, feed, refusal } = await pictureOf(agent, {
          fresh: fresh && tries % 15 === nth * 5,
        });
        const found = differences(lines, linesOf((await place.truth()).calls));
        if (stale > 0) found.push(`${stale} calls are stale`);
        if (refusal !== undefined) found.unshift(refusal);
        if (feed?.stale !== false) found.push(`feed ${JSON.stringify(feed)}`);
        if (found.length === 0 || Date.now() > until) {
          await agent.close();
          return found.map((one) => `${name}: ${one}`);
        }
        tries += 1;
        if (tries % 10 === 0) record.say(`${name} still shows: ${found.slice(0, 3).join('; ')}`);
        await pause(1_000);
      }
    }),
  );
  return wrong.flat();
}

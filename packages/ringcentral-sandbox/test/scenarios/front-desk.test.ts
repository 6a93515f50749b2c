import { expect, it } from 'vitest';
import { Played } from './support.ts';

it('has a few calls a minute, and everything in them that people do', () => {
  const { events } = new Played('front-desk').seconds(3600);
  const calls = new Set(events.map((event) => event.split(' ')[1]));
  expect(calls.size).toBeGreaterThan(120);
  expect(calls.size).toBeLessThan(400);
  for (const happening of ['Answered', 'Hold', 'Voicemail', 'BlindTransfer', 'Parked', 'Pickup', 'NoAnswer'])
    expect(
      events.some((event) => event.includes(happening)),
      happening,
    ).toBe(true);
});

it('ends every call that it begins, whatever others do with it', () => {
  const played = new Played('front-desk');
  for (let minute = 0; minute < 60; minute++) {
    played.seconds(60);
    // Somebody with an app answers what rings just now, so that the person at the phone comes too late.
    for (const { telephonySessionId, parties } of played.live())
      for (const party of parties)
        if (party.status.code === 'Proceeding' && party.direction === 'Inbound')
          played.engine.act(telephonySessionId, party.id, 'answer', {});
  }
  const times = played.live().map(({ telephonySessionId }) => startOf(telephonySessionId));
  for (const start of times) expect(played.clock.now() - start).toBeLessThan(30 * 60_000);
  expect(played.live().length).toBeLessThan(30);
});

/** The middle of an id is the time of its creation (platform.md 3.4). */
function startOf(telephonySessionId: string): number {
  return Number.parseInt(telephonySessionId.split('z')[1] ?? '', 16);
}

import { setTimeout as pause } from 'node:timers/promises';
import { pino } from 'pino';
import { createRingCentral } from '../src/ringcentral/ringcentral.ts';
import { systemClock } from '../src/shared/clock.ts';
import { startSandboxProcess } from '../test/e2e/support/process.ts';

import type { Subject } from './harness/subject.ts';
import { type Sample, tabulate } from './harness/table.ts';
import { residentMiB } from './support/stdio-server.ts';

const stepMs = 5_000;

export const subject: Subject = {
  about:
    "What the sandbox's call center holds, as a subscriber over a real WebSocket sees it. Behind `--`: live calls, events a " +
    'second, and seconds; 10000 2000 60 unless given.',
  async run({ quick, args }) {
    const [calls = 10_000, rate = 2_000, seconds = quick ? 10 : 60] = args.map(Number);
    const { address, child, stop } = await startSandboxProcess(
      ...[
        '--scenario',
        'call-center',
        '--calls',
        String(calls),
        '--rate',
        String(rate),
        '--rate-limits',
        'off',
      ],
    );
    const ringcentral = createRingCentral({
      credentials: address,
      scope: 'account',
      clock: systemClock,
      log: pino({ level: 'silent' }),
    });
    const live = new Map<string, Set<string>>();
    let events = 0;
    let gaps = 0;
    ringcentral.feed.listen({
      event({ telephonySessionId, parties }) {
        events += 1;
        for (const { id, status } of parties) {
          const legs = live.get(telephonySessionId) ?? new Set();
          if (status.code === 'Disconnected' || status.code === 'Gone') legs.delete(id);
          else legs.add(id);
          if (legs.size > 0) live.set(telephonySessionId, legs);
          else live.delete(telephonySessionId);
        }
      },
      presence() {},
      status({ state }) {
        if (state === 'resyncing') ringcentral.feed.resynced();
      },
      gap() {
        gaps += 1;
      },
    });
    ringcentral.feed.start();

    const steps: Sample[] = [];
    for (let ms = 0; ms < seconds * 1_000; ms += stepMs) {
      events = 0;
      const begun = performance.now();
      await pause(stepMs);
      steps.push({
        'live calls': live.size,
        'events/s': (events * 1_000) / (performance.now() - begun),
        'resident, MiB': residentMiB(child.pid),
        // The first subscription signals one.
        gaps: gaps - 1,
      });
    }
    await ringcentral.close();
    await stop();
    return [tabulate(`${calls} calls at ${rate} events a second`, new Map([['sandbox', steps]]))];
  },
};

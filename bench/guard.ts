import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import type { Action } from '../src/guard/action.ts';
import { openAudit } from '../src/guard/audit/log.ts';
import type { Asker, Guard } from '../src/guard/contract.ts';
import { createGuard } from '../src/guard/guard.ts';
import { presets } from '../src/guard/policy/presets.ts';
import { systemClock } from '../src/shared/clock.ts';
import { createFakePorts, hold, inboundCall, transfer } from '../test/guard/support/fake-ports.ts';
import { prepareNothing } from '../test/guard/support/host.ts';
import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';

const count = 200;

const asker = {
  capabilities: undefined,
  context: { mcpReq: { signal: new AbortController().signal, requestState: () => undefined } },
} as unknown as Asker;

const act = (guard: Guard, action: Action) =>
  guard.run<object, undefined>(action, asker, {
    prepare: prepareNothing,
    async execute({ send }) {
      await send(undefined);
      return { result: undefined, outcome: { result: 'observed' } };
    },
  });

async function perAct(guard: Guard, action: Action) {
  const begun = performance.now();
  for (let turn = 0; turn < count; turn += 1) await act(guard, action);
  return { 'per act, µs': ((performance.now() - begun) * 1_000) / count };
}

export const subject: Subject = {
  about: 'What the guard costs an act that it allows, without the requests that it makes.',
  async run({ quick }) {
    const ports = createFakePorts(Date.now);
    ports.sessions.set('s-1', inboundCall('s-1'));
    const { calls, directory } = ports;
    const guarded = (audit?: Awaited<ReturnType<typeof openAudit>>) =>
      createGuard({
        ...{ policy: presets.standard, readOnly: false, allowUnconfirmed: [], sandbox: false },
        ...{ calls, directory, clock: systemClock, log: pino({ level: 'silent' }), ...(audit && { audit }) },
      });
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const audit = await openAudit({
      file: join(folder, 'audit.log'),
      key: 'a key of sixteen characters',
      clock: systemClock,
      log: pino({ level: 'silent' }),
    });
    const plain = guarded();
    const audited = guarded(audit);
    try {
      const contenders = {
        'hold, own party': () => perAct(plain, hold('s-1')),
        'transfer to a number of the account': () => perAct(plain, transfer('s-1', '+12055550102')),
        'hold, own party, with an audit log': () => perAct(audited, hold('s-1')),
      };
      return [await compare({ title: 'Allowed acts', rounds: quick ? 5 : 15, contenders })];
    } finally {
      audit.close();
      rmSync(folder, { recursive: true });
    }
  },
};

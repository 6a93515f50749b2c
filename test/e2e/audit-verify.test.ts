import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openAuditLog } from '../../src/app/audit-log.ts';
import { redisAnchors } from '../../src/cluster/audit/anchors.ts';
import type { AuditAnchors } from '../../src/guard/audit/anchors.ts';
import type { AuditEntry } from '../../src/guard/audit/entry.ts';
import { openAudit } from '../../src/guard/audit/log.ts';
import { systemClock } from '../../src/shared/clock.ts';
import { manualClock } from '../support/clock.ts';
import { hasRedis, openTestRedis, type RedisServer, startRedis, withoutRedis } from '../support/redis.ts';
import { outcome } from './support/process.ts';

const key = 'a key of more than sixteen characters';
const env = { PATH: process.env.PATH ?? '', RC_MCP_AUDIT_KEY: key };
const log = pino({ level: 'silent' });
const entry: AuditEntry = { event: 'refused', kind: 'denied', principal: 'local', tool: 'a tool', args: {} };
const day = 24 * 3_600_000;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-verify-'));
  return () => rmSync(folder, { recursive: true });
});

const fileOf = (name: string) => join(folder, `audit-${name}.log`);
const all = () =>
  readdirSync(folder)
    .filter((name) => !name.endsWith('.lock'))
    .map((name) => join(folder, name));
const verify = (...args: string[]) => outcome(['audit', 'verify', ...args], env);

describe('audit verify of segments', () => {
  /** A log of eight days of which the last ones are kept. */
  async function write(days: number) {
    const clock = manualClock();
    const audit = await openAudit({ file: fileOf('one'), key, clock, log, days });
    for (let count = 0; count < 8; count += 1) {
      audit.write(entry);
      clock.advance(day);
    }
    return audit.close();
  }

  it('finds them by the log, and by each of them, and says what was removed', async () => {
    const { head } = await write(3);
    for (const given of [[fileOf('one')], all(), all().slice(-1)]) {
      const { code, stdout } = await verify(...given, '--expect', head);
      expect(code).toBe(0);
      expect(stdout).toMatch(/\d+ lines in \d segments, whole\. Head: [0-9a-f]{64}/);
      expect(stdout).toMatch(
        /Segments up to \d, \d+ lines, were removed because they were older than 3 days/,
      );
    }
  });

  it('finds one that was taken away', async () => {
    await write(30);
    rmSync(`${fileOf('one')}.000002`);
    const { code, stderr } = await verify(fileOf('one'));
    expect(code).toBe(1);
    expect(stderr).toContain('Segment 2 is missing, and the log does not say that it was removed.');
  });

  it('takes no other file for a log', async () => {
    writeFileSync(`${fileOf('one')}.plans`, '{}\n');
    expect(await verify(`${fileOf('one')}.plans`)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('Line 1 is not a line of an audit log'),
    });
    expect((await outcome(['audit', 'verify'], env)).code).toBe(2);
  });
});

describe.skipIf(!hasRedis)(hasRedis ? 'audit verify --redis' : withoutRedis, () => {
  let server: RedisServer;
  let anchors: AuditAnchors;
  let close: () => Promise<void>;
  beforeAll(async () => {
    server = await startRedis();
    const redis = await openTestRedis(server.url, 'rcmcp');
    anchors = redisAnchors(redis, log);
    close = () => redis.close();
  });
  afterAll(async () => {
    await close?.();
    await server?.stop();
  });
  beforeEach(async () => {
    await server.cli('FLUSHALL');
    for (const replica of ['a', 'b', 'c']) await write(replica, 4);
  });

  async function write(replica: string, lines: number, to: AuditAnchors | 'none' = anchors) {
    const audit = await openAuditLog({
      ...{ file: fileOf(replica), key, replica, clock: systemClock, log },
      ...(to !== 'none' && { anchors: to }),
    });
    for (let line = 0; line < lines; line += 1) audit.write(entry);
    return audit.close();
  }
  const compare = (...files: string[]) => verify(...files, '--redis', server.url);

  it('finds the logs of all replicas whole, and says how far they are anchored', async () => {
    const { code, stdout, stderr } = await compare(...all());
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    for (const replica of ['a', 'b', 'c'])
      expect(stdout).toContain(`audit-${replica}.log (replica ${replica}): 4 lines, whole.`);
    expect(stdout).not.toContain('Not checked');
    await write('a', 2, 'none');
    expect((await compare(...all())).stdout).toContain('up to line 4; the 2 lines after it');
  });

  it('finds one that is missing, with the address in a variable too', async () => {
    const found = await outcome(['audit', 'verify', fileOf('a'), fileOf('c')], {
      ...env,
      RC_MCP_REDIS_URL: server.url,
    });
    expect(found.code).toBe(1);
    expect(found.stderr).toMatch(/A log of the replica b is missing among the files: it had 4 lines/);
    expect(found.stdout).toContain('audit-a.log (replica a): 4 lines, whole');
  });

  it('finds a cut tail, and a log of nobody', async () => {
    writeFileSync(fileOf('b'), `${readFileSync(fileOf('b'), 'utf8').split('\n').slice(0, 3).join('\n')}\n`);
    await write('x', 2, 'none');
    const { code, stderr } = await compare(...all());
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /audit-b\.log \(replica b\): It ends at line 3, and line 4 was anchored at .*cut off/,
    );
    expect(stderr).toMatch(/audit-x\.log \(replica x\): No replica has anchored this log/);
  });

  it('says that Redis cannot be asked, which is no check that was passed', async () => {
    const { code, stderr } = await verify(...all(), '--redis', 'redis://127.0.0.1:1');
    expect(code).toBe(2);
    expect(stderr).toContain('127.0.0.1:1 cannot be used');
    expect((await verify(...all(), '--redis', 'http://127.0.0.1')).code).toBe(2);
  });
});

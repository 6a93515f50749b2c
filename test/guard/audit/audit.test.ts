import fs, {
  closeSync,
  copyFileSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { checkSegment } from '../../../src/guard/audit/check-segment.ts';
import type { AuditEntry, AuditLog } from '../../../src/guard/audit/entry.ts';
import { systemClock } from '../../../src/shared/clock.ts';
import { manualClock } from '../../support/clock.ts';
import { findings, openAudit } from '../support/audit.ts';
import { action, hangUp, hold, inboundCall, transfer } from '../support/fake-ports.ts';
import { guardTestbed } from '../support/guard-testbed.ts';
import { asker, authorize, createHost, decline, eras, failure, never, yes } from '../support/host.ts';

const key = 'a key of sixteen characters';
let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'audit-'));
  file = join(folder, 'audit.log');
});
afterEach(() => rmSync(folder, { recursive: true }));

const refused = (tool: string): AuditEntry => ({
  event: 'refused',
  kind: 'denied',
  principal: 'local',
  tool,
  args: {},
});

async function write(lines: number, name = file): Promise<{ text: string; head: string; count: number }> {
  const log = await openAudit({ file: name, key, clock: manualClock() });
  for (let line = 0; line < lines; line += 1) log.write(refused(`tool ${line}`));
  const end = log.close();
  return { text: readFileSync(name, 'utf8'), ...end };
}

describe('the chain', () => {
  test('a log is whole, across restarts, and only its owner reads it', async () => {
    await write(3);
    const { head, count } = await write(2);
    expect(count).toBe(5);
    expect(await findings(file, { key, expect: head })).toMatchObject({ head, count: 5, unfinished: 0 });
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a second writer is refused in words, until the first one has closed', async () => {
    const open = (waitMs = 0) => openAudit({ file, key, clock: systemClock, waitMs });
    const one = await open();
    one.write(refused('a tool'));
    await expect(open()).rejects.toThrow(`--audit-log ${file}: another server writes to it.`);
    one.write(refused('a tool'));
    const waiting = open(10_000);
    one.close();
    const two = await waiting;
    two.write(refused('a tool'));
    expect(two.close().count).toBe(3);
    expect(await findings(file, { key })).toMatchObject({ count: 3 });
    expect(readdirSync(folder)).toEqual(['audit.log']);
  });

  test('a second writer is refused under another name of the file, too', async () => {
    const one = await openAudit({ file, key, clock: systemClock, waitMs: 0 });
    const link = join(folder, 'link.log');
    symlinkSync(file, link);
    await expect(openAudit({ file: link, key, clock: systemClock, waitMs: 0 })).rejects.toThrow(
      'another server',
    );
    one.close();
  });

  test('a log that cannot be continued keeps no lock', async () => {
    await write(1);
    for (const name of ['another key', 'a third key']) {
      await expect(openAudit({ file, key: name, clock: systemClock, waitMs: 0 })).rejects.toThrow(
        'not continued',
      );
    }
    (await openAudit({ file, key, clock: systemClock, waitMs: 0 })).close();
  });

  test('a path too long for a socket is locked as well', async () => {
    const long = join(folder, 'x'.repeat(120));
    const one = await openAudit({ file: long, key, clock: systemClock, waitMs: 0 });
    await expect(openAudit({ file: long, key, clock: systemClock, waitMs: 0 })).rejects.toThrow(
      'another server',
    );
    one.close();
  });

  test('a file of somebody else where the lock would be is not removed', async () => {
    writeFileSync(`${file}.lock`, 'mine');
    await expect(openAudit({ file, key, clock: systemClock, waitMs: 0 })).rejects.toThrow('another server');
    expect(readFileSync(`${file}.lock`, 'utf8')).toBe('mine');
  });

  test('a writer whose lock is gone writes no more, and leaves the lock of the next one alone', async () => {
    const one = await openAudit({ file, key, clock: systemClock, waitMs: 0 });
    rmSync(`${file}.lock`);
    expect(() => one.write(refused('a tool'))).toThrow('lock of the log is gone');
    const two = await openAudit({ file, key, clock: systemClock, waitMs: 0 });
    expect(() => one.write(refused('a tool'))).toThrow('lock of the log is gone');
    one.close();
    two.write(refused('a tool'));
    expect(two.close().count).toBe(1);
  });

  test('a log that was moved away takes no line until it is back, nor does what is in its place', async () => {
    const log = await openAudit({ file, key, clock: systemClock, waitMs: 0 });
    log.write(refused('a tool'));
    const away = join(folder, 'away.log');
    renameSync(file, away);
    expect(() => log.write(refused('a tool'))).toThrow('moved away or deleted');
    copyFileSync(away, file);
    expect(() => log.write(refused('a tool'))).toThrow('another file is in the place');
    renameSync(away, file);
    log.write(refused('a tool'));
    expect(log.close().count).toBe(2);
    expect(await findings(file, { key })).toMatchObject({ count: 2 });
  });

  test('a log to which somebody else has written a good line takes no more', async () => {
    const { text } = await write(2);
    writeFileSync(file, `${text.split('\n')[0]}\n`);
    const log = await openAudit({ file, key, clock: systemClock, waitMs: 0 });
    writeFileSync(file, text);
    expect(() => log.write(refused('a tool'))).toThrow('not continued');
    log.close();
  });

  test('a log that was changed under a running server takes no more lines', async () => {
    const log = await openAudit({ file, key, clock: manualClock() });
    log.write(refused('a tool'));
    writeFileSync(file, '{}\n');
    expect(() => log.write(refused('a tool'))).toThrow('not continued');
  });

  test('a log goes on where it was once a disk that was full has room again', async () => {
    const log = await openAudit({ file, key, clock: systemClock });
    log.write(refused('tool 0'));
    const whole = readFileSync(file, 'utf8');
    const { writeSync } = fs;
    fs.writeSync = (descriptor: number, bytes: unknown): never => {
      writeSync(descriptor, (bytes as Buffer).subarray(0, 20));
      throw Object.assign(new Error('no space left on device'), { code: 'ENOSPC' });
    };
    syncBuiltinESMExports();
    try {
      expect(() => log.write(refused('tool 1'))).toThrow('no space left');
      expect(readFileSync(file, 'utf8')).toBe(whole);
    } finally {
      fs.writeSync = writeSync;
      syncBuiltinESMExports();
    }
    log.write(refused('tool 2'));
    const { head } = log.close();
    expect(await findings(file, { key, expect: head })).toMatchObject({ count: 2, unfinished: 0 });
  });

  test('a log whose tail was cut under a running server takes no more lines', async () => {
    const log = await openAudit({ file, key, clock: manualClock() });
    for (let line = 0; line < 3; line += 1) log.write(refused('a tool'));
    const lines = readFileSync(file, 'utf8').split('\n');
    writeFileSync(file, `${lines[0]}\n`);
    expect(() => log.write(refused('a tool'))).toThrow('not continued');
    writeFileSync(file, '');
    expect(() => log.write(refused('a tool'))).toThrow('not continued');
    // What was known before it is what is told at exit.
    expect(log.close().count).toBe(3);
  });

  test('a log that was deleted under a running server takes no more lines', async () => {
    const log = await openAudit({ file, key, clock: manualClock() });
    log.write(refused('a tool'));
    rmSync(file);
    expect(() => log.write(refused('a tool'))).toThrow('deleted');
  });

  test('a closed log takes no more lines, and writes into no file that was opened after it', async () => {
    const log = await openAudit({ file, key, clock: manualClock() });
    log.close();
    // It gets the descriptor that has become free.
    const another = join(folder, 'another');
    const descriptor = openSync(another, 'w');
    expect(() => log.write(refused('a tool'))).toThrow('closed');
    closeSync(descriptor);
    expect(readFileSync(another, 'utf8')).toBe('');
  });

  test('a log that was written anew under a running server is not the one that it tells of at exit', async () => {
    const log = await openAudit({ file, key, clock: manualClock() });
    log.write(refused('a tool'));
    const other = join(folder, 'other.log');
    const { text } = await write(5, other);
    writeFileSync(file, text);
    expect(() => log.write(refused('a tool'))).toThrow('not continued');
    const { head } = log.close();
    expect((await findings(file, { key, expect: head })).problem).toContain('expected head');
  });

  test('an existing file with a wider mode is narrowed', async () => {
    writeFileSync(file, '', { mode: 0o644 });
    await write(1);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  test('a log of another key is neither whole nor continued', async () => {
    const { text } = await write(2);
    expect(checkSegment(text, 'another key').problem).toContain('Line 1');
    await expect(openAudit({ file, key: 'another key', clock: manualClock() })).rejects.toThrow(
      'not continued',
    );
  });

  /** Each takes the lines of a whole log and gives other ones. */
  const manipulations: Record<string, (lines: string[], at: number, other: number) => string[]> = {
    'a changed character': (lines, at, other) => {
      const line = lines[at] ?? '';
      const place = other % line.length;
      const changed = line[place] === '1' ? '2' : '1';
      return lines.with(at, line.slice(0, place) + changed + line.slice(place + 1));
    },
    'a removed line': (lines, at) => lines.toSpliced(at, 1),
    'a line twice': (lines, at) => lines.toSpliced(at, 0, lines[at] ?? ''),
    'two lines swapped': (lines, at, other) => {
      const second = other % lines.length === at ? (at + 1) % lines.length : other % lines.length;
      return lines.with(at, lines[second] ?? '').with(second, lines[at] ?? '');
    },
    'a cut tail': (lines, at) => lines.slice(0, at),
    'an empty line': (lines, at) => lines.toSpliced(at, 0, ''),
    'a foreign line': (lines, at) => lines.toSpliced(at, 0, '{"event":"intent"}'),
    'a line cut in half': (lines, at) => lines.with(at, (lines[at] ?? '').slice(0, 20)),
    'a member added': (lines, at) => lines.with(at, (lines[at] ?? '').replace('{', '{"by":"me",')),
  };

  test.each(Object.entries(manipulations))('%s is found', async (_, manipulate) => {
    const { text, head } = await write(12);
    const lines = text.trimEnd().split('\n');
    fc.assert(
      fc.property(fc.nat(lines.length - 1), fc.nat(10_000), (at, other) => {
        const changed = manipulate(lines, at, other);
        const found = checkSegment(changed.map((line) => `${line}\n`).join(''), key);
        expect(found.problem !== undefined || found.head !== head).toBe(true);
      }),
    );
  });

  test('a cut tail and a log written anew with the same key need the expected head to be found', async () => {
    const { text, head } = await write(4);
    writeFileSync(file, `${text.trimEnd().split('\n').slice(0, -1).join('\n')}\n`);
    expect((await findings(file, { key })).problem).toBeUndefined();
    expect((await findings(file, { key, expect: head })).problem).toContain('expected head');
    writeFileSync(file, '');
    await write(4);
    expect((await findings(file, { key, expect: head })).problem).toBeUndefined();
    writeFileSync(file, '');
    const log = await openAudit({ file, key, clock: manualClock() });
    for (let line = 0; line < 4; line += 1) log.write(refused('rewritten'));
    log.close();
    expect((await findings(file, { key, expect: head })).problem).toContain('expected head');
  });

  test('a torn last line is told', async () => {
    const { text } = await write(2);
    expect(checkSegment(text.slice(0, -10), key).problem).toBe('Line 2 is cut off.');
  });
});

describe('what the guard writes', () => {
  const entries = () =>
    readFileSync(file, 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));

  async function audited() {
    const audit = await openAudit({ file, key, clock: manualClock() });
    const logged: Record<string, unknown>[] = [];
    const log = pino({ base: null }, { write: (line) => void logged.push(JSON.parse(line)) });
    const all = guardTestbed({ audit, log });
    all.ports.sessions.set('s-1', inboundCall('s-1'));
    return { ...all, audit, logged, host: createHost('2026', all.guard) };
  }

  test('intent before the act and outcome after it, with rule, answer and request id', async () => {
    const { host, clock } = await audited();
    const permit = await host.authorize(hangUp('s-1'), (form) => {
      clock.advance(4_000);
      return yes(form);
    });
    expect(entries()).toMatchObject([
      {
        seq: 1,
        event: 'intent',
        principal: 'local',
        tool: 'delete_call_session',
        args: { telephonySessionId: 's-1' },
        rule: 'standard: destructive, own',
        question: 'do it',
        round: 0,
        answer: 'yes',
        answerMs: 4_000,
        hurried: false,
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
    await permit.done({ result: 'observed', requestId: 'r-1' });
    await permit.done({ result: 'internal' });
    const [intent, outcome, ...more] = entries();
    expect(outcome).toMatchObject({
      seq: 2,
      event: 'outcome',
      act: intent.act,
      result: 'observed',
      requestId: 'r-1',
    });
    expect(more).toEqual([]);
    expect(checkSegment(readFileSync(file, 'utf8'), key)).toMatchObject({ last: 2, open: new Set() });
  });

  test('marks a yes that came faster than a person reads, in the log too', async () => {
    const { host, logged, clock } = await audited();
    const warnings = () => logged.filter(({ level }) => level === 40);
    await host.authorize(hangUp('s-1'), yes);
    expect(entries()).toMatchObject([{ hurried: true }]);
    expect(warnings()).toMatchObject([{ tool: 'delete_call_session', answer: 'yes', answerMs: 0 }]);
    await host.authorize(hangUp('s-1'), (form) => {
      clock.advance(4_000);
      return yes(form);
    });
    expect(warnings()).toHaveLength(1);
    expect(checkSegment(readFileSync(file, 'utf8'), key).open.size).toBe(2);
  });

  test('allowed acts and refusals, with numbers and words masked', async () => {
    const { host } = await audited();
    await host.authorize(hold('s-1'));
    await failure(host.authorize(transfer('s-1', '+14155550177'), decline));
    await failure(host.authorize(transfer('s-1', '+19005551234'), yes));
    const words = 'the secret is 1234';
    const reply = action('reply_party', 'destructive', {
      telephonySessionId: 's-1',
      partyId: 's-1-2',
      args: { replyWithText: words },
      effect: { does: `Have a voice say "${words}".`, heard: 'It.', undo: 'Cannot be undone.' },
    });
    await host.authorize(reply, yes);
    const misplaced = { extensionNumber: '14155550177' };
    const target = { kind: 'extensionNumber', value: misplaced.extensionNumber } as const;
    await failure(host.authorize({ ...transfer('s-1', ''), args: misplaced, targets: [target] }, yes));
    expect(entries()).toMatchObject([
      { event: 'intent', tool: 'hold_call_party', rule: 'standard: reversible, own' },
      {
        event: 'refused',
        kind: 'not_confirmed',
        reason: 'declined',
        args: { phoneNumber: '+14*******77' },
        rule: 'standard: redirect, outside',
        question: 'do it',
        round: 0,
        answer: 'declined',
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      { event: 'refused', kind: 'denied', args: { phoneNumber: '+19*******34' } },
      { event: 'intent', tool: 'reply_party', args: { replyWithText: '[18 characters]' } },
      { event: 'refused', kind: 'invalid_input', args: { extensionNumber: '141******77' } },
    ]);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(words);
    expect(text).not.toContain('5550177');
  });

  test.each(eras)('a question that nobody answers, with a host of %s', async (era) => {
    const { guard, clock } = await audited();
    const end = authorize(guard, hangUp('s-1'), await asker(era, guard, never)).catch(() => {});
    await expect.poll(async () => (await guard.view('local')).pending).toHaveLength(1);
    clock.advance(45_000);
    await end;
    expect(entries()).toMatchObject([
      {
        ...{ event: 'refused', kind: 'not_confirmed', reason: 'timed_out', tool: 'delete_call_session' },
        ...{ rule: 'standard: destructive, own', round: 0, answer: 'timed_out', question: 'do it' },
        fingerprint: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
    ]);
  });

  test('of an act that is under way at the end tells how it ended', async () => {
    const { guard, host } = await audited();
    const permit = await host.authorize(hold('s-1'));
    const closed = guard.close();
    await permit.done({ result: 'observed' });
    await closed;
    expect(entries()).toMatchObject([{ event: 'intent' }, { event: 'outcome', result: 'observed' }]);
  });

  test('is closed in time for an act that hangs', async () => {
    const { guard, host, clock, audit } = await audited();
    const permit = await host.authorize(hold('s-1'));
    const closed = guard.close().then(() => audit.close());
    clock.advance(1_000);
    await closed;
    await permit.done({ result: 'unknown_outcome' });
    expect(entries()).toMatchObject([{ event: 'intent' }]);
  });

  test('refuses the act when the intent cannot be written', async () => {
    const full: AuditLog = {
      write: () => {
        throw new Error('ENOSPC');
      },
      close: () => ({ head: '', count: 0 }),
    };
    const { guard, ports } = guardTestbed({ audit: full });
    ports.sessions.set('s-1', inboundCall('s-1'));
    expect((await failure(createHost('2025', guard).authorize(hold('s-1')))).kind).toBe('unavailable');
  });
});

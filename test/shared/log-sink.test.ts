import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { LogSink } from '../../src/shared/log-sink.ts';

/** A reader that takes what came when it is told to. */
class Reader extends Writable {
  text = '';
  #waiting: (() => void)[] = [];

  override _write(chunk: Buffer, _: string, taken: () => void): void {
    this.#waiting.push(() => {
      this.text += chunk;
      taken();
    });
  }
  /** Takes all that waits, and what comes after it. */
  async read(): Promise<void> {
    while (this.writableLength > 0) {
      this.#waiting.shift()?.();
      await new Promise(setImmediate);
    }
  }
  get lines(): { msg?: string; dropped?: number }[] {
    return this.text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
  }
}

const line = (msg: string) => `${JSON.stringify({ level: 'info', msg })}\n`;
const write = (sink: LogSink, msg: string) => {
  sink.lastMsg = msg;
  sink.write(line(msg));
};

describe('what nobody reads', () => {
  it('is kept up to a number of bytes; the rest is counted, and told to who reads again', async () => {
    const reader = new Reader();
    const sink = new LogSink(reader, { mostWaiting: 1_000 });
    for (let n = 0; n < 1_000; n += 1) write(sink, `line ${n}`);
    expect(reader.writableLength).toBeLessThanOrEqual(1_000);
    await reader.read();
    write(sink, 'after');
    await reader.read();
    const kept = reader.lines.filter(({ msg }) => msg?.startsWith('line ')).length;
    expect(reader.lines.slice(kept)).toMatchObject([
      { dropped: 1_000 - kept, msg: expect.stringContaining('dropped') },
      { msg: 'after' },
    ]);
  });

  it('never costs a line that was promised', async () => {
    const reader = new Reader();
    const sink = new LogSink(reader, { mostWaiting: 100 });
    for (let n = 0; n < 100; n += 1) write(sink, `line ${n}`);
    write(sink, 'audit log closed');
    await reader.read();
    expect(reader.lines.at(-1)).toMatchObject({ msg: 'audit log closed' });
  });
});

it('a reader that has gone away is no error', async () => {
  const reader = new Reader();
  const sink = new LogSink(reader);
  reader.destroy(Object.assign(new Error('broken'), { code: 'EPIPE' }));
  await new Promise(setImmediate);
  write(sink, 'nobody hears it');
  await sink.flushed(10_000);
});

describe('phone numbers', () => {
  const logged = async (msg: string, fullNumbers?: boolean) => {
    const reader = new Reader();
    write(new LogSink(reader, fullNumbers === undefined ? {} : { fullNumbers }), msg);
    await reader.read();
    return reader.lines[0]?.msg;
  };

  it.each([
    ['to +12055550102 now', 'to +12*******02 now'],
    ['?phoneNumber=%2B12055550102&x=1', /^\?phoneNumber=%2B[\d*]*\*{4}[\d*]*&x=1$/],
    ['+1 (205) 555-0102', /^\+1 .*\*{4}.*02$/],
  ])('%s is masked', async (msg, shown) => {
    expect(await logged(msg)).toEqual(typeof shown === 'string' ? shown : expect.stringMatching(shown));
    expect(await logged(msg)).not.toMatch(/555-?0102|5550102/);
  });

  it('stand as they are where that was asked for', async () => {
    expect(await logged('to +12055550102', true)).toBe('to +12055550102');
  });

  it.each(['s-a0d17f2b+00:00', '2026-11-29T00:44:07.123+00:00', 'extension 102', 'id 60101001'])(
    '%s is none',
    async (msg) => expect(await logged(msg)).toBe(msg),
  );
});

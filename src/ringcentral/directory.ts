import type { Clock } from '../base/clock.ts';
import type { AccountNumber, Identity, Platform } from './platform.ts';
import type { CallFlipNumber, Device, Extension } from './wire/lookups.ts';

/** Ten minutes: people change extensions and numbers rarely, and a missing one only makes the guard ask. */
const freshFor = 600_000;

type Source = Pick<
  Platform,
  'identity' | 'accountNumbers' | 'findExtensions' | 'listDevices' | 'listCallFlipNumbers'
>;

/**
 * What belongs to this account, kept, so that judging an action costs no request. An answer that has grown old is
 * still given, and read again behind the caller's back.
 */
export class Directory {
  readonly identity: () => Promise<Identity>;
  readonly accountNumbers: () => Promise<AccountNumber[]>;
  readonly extensions: () => Promise<Extension[]>;
  readonly devices: () => Promise<Device[]>;
  readonly flipNumbers: () => Promise<CallFlipNumber[]>;

  constructor(platform: Source, clock: Clock) {
    this.identity = kept(() => platform.identity(), clock);
    this.accountNumbers = kept(() => platform.accountNumbers(), clock);
    this.extensions = kept(() => platform.findExtensions(), clock);
    this.devices = kept(() => platform.listDevices(), clock);
    this.flipNumbers = kept(() => platform.listCallFlipNumbers(), clock);
  }

  /** Reads everything ahead of the first action. Failures are left to who needs the answer. */
  async warm(): Promise<void> {
    const all = [this.identity, this.accountNumbers, this.extensions, this.devices, this.flipNumbers];
    await Promise.allSettled(all.map((read) => read()));
  }
}

function kept<T>(read: () => Promise<T>, clock: Clock): () => Promise<T> {
  let answer: Promise<T> | undefined;
  let readAt = 0;
  let reading = false;
  const load = () => {
    reading = true;
    readAt = clock.now();
    return read().finally(() => {
      reading = false;
    });
  };
  return () => {
    if (answer === undefined) {
      const first = load();
      answer = first;
      first.catch(() => {
        answer = undefined;
      });
    } else if (!reading && clock.now() - readAt > freshFor) {
      const next = load();
      next.then(
        () => {
          answer = next;
        },
        () => {},
      );
    }
    return answer;
  };
}

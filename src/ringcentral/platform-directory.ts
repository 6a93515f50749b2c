import type { AccountNumber, LoginIdentity, Platform } from './platform.ts';
import type { CallFlipNumber, Device, Extension, QueueMember } from './wire/lookups.ts';

type Source = Pick<
  Platform,
  | 'identity'
  | 'timeZone'
  | 'mainNumber'
  | 'accountNumbers'
  | 'findExtensions'
  | 'listDevices'
  | 'listCallFlipNumbers'
  | 'listQueueMembers'
>;

/**
 * What belongs to this account, as the guard may rely on it. What costs one Light request is read at each call; the
 * rest is at most a minute old. What cannot be read throws `Failure`, even if it was known before.
 */
export class PlatformDirectory {
  readonly #source: Source;

  constructor(source: Source) {
    this.#source = source;
  }

  identity(): Promise<LoginIdentity> {
    return this.#source.identity();
  }

  timeZone(): Promise<string | undefined> {
    return this.#source.timeZone();
  }

  mainNumber(): Promise<string | undefined> {
    return this.#source.mainNumber();
  }

  accountNumbers(): Promise<AccountNumber[]> {
    return this.#source.accountNumbers();
  }

  extensions(): Promise<Extension[]> {
    return this.#source.findExtensions();
  }

  devices(): Promise<Device[]> {
    return this.#source.listDevices();
  }

  flipNumbers(): Promise<CallFlipNumber[]> {
    return this.#source.listCallFlipNumbers();
  }

  queueMembers(queueId: string): Promise<QueueMember[]> {
    return this.#source.listQueueMembers(queueId);
  }

  /** Reads what is cached, ahead of the first action. A failure is not thrown: whoever needs the value meets it. */
  async warm(): Promise<void> {
    await Promise.allSettled([this.identity(), this.mainNumber(), this.extensions()]);
  }
}

import { setInterval } from 'node:timers/promises';

/** One party as the sandbox's truth shows it. */
export interface TrueParty {
  id: string;
  extensionId?: string;
  direction?: string;
  from?: { phoneNumber?: string; extensionId?: string; name?: string };
  to?: { phoneNumber?: string; extensionId?: string; deviceId?: string };
  status: { code: string; reason?: string; peerId?: { telephonySessionId?: string; sessionId?: string } };
  muted?: boolean;
  park?: { id?: string };
  conferenceRole?: string;
  recordings?: { id: string; active: boolean }[];
  rings?: string[];
  hears?: string[];
  phone?: { held: boolean; muted: boolean };
  api?: { held: boolean; muted: boolean };
}
export interface TrueCall {
  telephonySessionId: string;
  origin: { type: string };
  parties: TrueParty[];
  /** Whom it came to, from its beginning. */
  reached?: { at: string; how: string; extensionNumber?: string; phones: string[] }[];
}
export interface Truth {
  account: { id: string };
  extensions: { id: string | number; extensionNumber: string; name: string; type: string }[];
  devices: {
    id: string;
    name: string;
    type: string;
    status: string;
    extensionNumber?: string;
    extension?: { extensionNumber?: string };
  }[];
  calls: TrueCall[];
  parked: unknown[];
  recordings: { id: string }[];
}
export interface LoggedRequest {
  seq: number;
  /** When it arrived, ISO time. */
  time: string;
  method: string;
  path: string;
  /** Of the answer; null while there is none. */
  status: number | null;
  body?: unknown;
}
export type Party = { phoneNumber: string; name?: string } | { extensionNumber: string; deviceId?: string };

/** The sandbox's control interface (what people at phones and the outside world do). */
export class Control {
  readonly #url: string;

  constructor(controlUrl: string) {
    this.#url = controlUrl;
  }

  async #send<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.#url}${path}`, {
      method,
      ...(body !== undefined && {
        body: JSON.stringify(body),
        headers: { 'content-type': 'application/json' },
      }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  }

  state = () => this.#send<Truth>('GET', '/state');
  dial = async (from: Party, to: Party) =>
    (await this.#send<{ telephonySessionId: string }>('POST', '/calls', { from, to })).telephonySessionId;
  act = (telephonySessionId: string, partyId: string, act: string, args: object = {}) =>
    this.#send<unknown>(
      'POST',
      `/calls/${telephonySessionId}/parties/${encodeURIComponent(partyId)}/${act}`,
      args,
    );
  endScenario = () => this.#send<unknown>('DELETE', '/scenario');
  endAll = () => this.#send<unknown>('DELETE', '/calls');
  drop = (telephonySessionId: string) => this.#send<unknown>('DELETE', `/calls/${telephonySessionId}`);
  requests = (since = 0) =>
    this.#send<{ requests: LoggedRequest[]; next: number }>('GET', `/requests?since=${since}`);
  fault = (fault: { kind: string } & Record<string, unknown>) =>
    this.#send<unknown>('POST', '/faults', fault);
  clearFaults = () => this.#send<unknown>('DELETE', '/faults');
  events = (events: unknown[]) => this.#send<unknown>('POST', '/events', { events });
  patch = (path: string, change: object) => this.#send<unknown>('PATCH', path, change);
  login = (extensionNumber: string, scopes?: readonly string[]) =>
    this.#send<{ serverUrl: string; clientId: string; clientSecret: string; jwt: string }>(
      'POST',
      '/logins',
      {
        extensionNumber,
        ...(scopes && { scopes }),
      },
    );
  /** Another RingCentral app, whose codes go to these addresses. */
  addApp = (redirectUris: readonly string[]) =>
    this.#send<{ clientId: string; clientSecret: string }>('POST', '/apps', { redirectUris });
  addUser = (extensionNumber: string, firstName: string, lastName: string) =>
    this.#send<unknown>('POST', '/extensions', { type: 'User', extensionNumber, firstName, lastName });
  reset = () => this.#send<unknown>('POST', '/reset', {});

  async extensionId(extensionNumber: string): Promise<string> {
    const { extensions } = await this.state();
    const found = extensions.find((extension) => extension.extensionNumber === extensionNumber);
    if (!found) throw new Error(`no extension ${extensionNumber}`);
    return String(found.id);
  }

  /** Id of the online desk phone of an extension. */
  async deviceId(extensionNumber: string): Promise<string> {
    const { devices } = await this.state();
    const found = devices.find(
      (device) =>
        (device.extensionNumber ?? device.extension?.extensionNumber) === extensionNumber &&
        device.type === 'HardPhone' &&
        device.status === 'Online',
    );
    if (!found) throw new Error(`no online desk phone at ${extensionNumber}`);
    return found.id;
  }

  async call(telephonySessionId: string): Promise<TrueCall> {
    const call = (await this.state()).calls.find((one) => one.telephonySessionId === telephonySessionId);
    if (!call) throw new Error(`no call ${telephonySessionId}`);
    return call;
  }

  /** Waits until a call rings at an extension. */
  async ringsAt(extensionNumber: string): Promise<{ telephonySessionId: string; party: TrueParty }> {
    const extensionId = await this.extensionId(extensionNumber);
    const deadline = Date.now() + 10_000;
    for await (const _ of setInterval(20)) {
      const { calls } = await this.state();
      for (const { telephonySessionId, parties } of calls) {
        const party = parties.find(
          (one) => String(one.extensionId) === extensionId && one.status.code === 'Proceeding',
        );
        if (party) return { telephonySessionId, party };
      }
      if (Date.now() > deadline) throw new Error(`nothing rings at ${extensionNumber}`);
    }
    throw new Error('the interval ended');
  }

  /** Waits until there is a conference that nobody has joined; answers its session id. */
  async conference(): Promise<string> {
    const deadline = Date.now() + 10_000;
    for await (const _ of setInterval(20)) {
      const { calls } = await this.state();
      const found = calls.find(({ origin, parties }) => origin.type === 'Conference' && parties.length === 0);
      if (found) return found.telephonySessionId;
      if (Date.now() > deadline) throw new Error('no conference was opened');
    }
    throw new Error('the interval ended');
  }

  /** Waits until a party of the call is as told, and answers it. */
  async party(telephonySessionId: string, is: (party: TrueParty) => boolean): Promise<TrueParty> {
    const deadline = Date.now() + 10_000;
    // Not the test runner's polling: the benches lay out calls too.
    for await (const _ of setInterval(20)) {
      const { parties } = await this.call(telephonySessionId);
      const found = parties.find(is);
      if (found) return found;
      if (Date.now() > deadline) throw new Error(`no such party in ${JSON.stringify(parties)}`);
    }
    throw new Error('the interval ended');
  }
}

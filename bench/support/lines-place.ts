import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '../../src/transports/identity/keys.ts';
import { Control } from '../../test/e2e/support/control.ts';
import type { Leg } from '../../test/e2e/support/operations.ts';
import { binary, environmentOf, quietEnvironment, withoutLimits } from '../../test/e2e/support/process.ts';
import { bundle } from './bundle.ts';
import { type Started, start, stop } from './command.ts';
import { callModern } from './http-load.ts';
import { inGroups } from './in-groups.ts';
import type { Question } from './server-probe.ts';
import { processorMs, residentMiB } from './stdio-server.ts';

const atOnce = 8;
const pollMs = 100;
/** For logging in, and for calls to be shown, all of them together. */
const patienceMs = 180_000;

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Where one of the calls is: at this phone, of the person whom the server lets in with these headers. */
export interface Seat {
  extensionNumber: string;
  extensionId: string;
  deviceId: string;
  headers: Record<string, string>;
}

/** What a server holds, garbage left out. */
export interface Held {
  heapMB: number;
  residentMB: number;
}

/** A sandbox, a server over HTTP on it, and the seats at which calls are. */
export class LinesPlace {
  readonly control: Control;
  readonly address: Parameters<typeof environmentOf>[0];
  readonly seats: readonly Seat[];
  readonly url: string;
  readonly #sandbox: Started;
  readonly #server: Started;
  readonly #remove: () => void;

  private constructor(sandbox: Started, server: Started, seats: readonly Seat[], remove: () => void) {
    this.#sandbox = sandbox;
    this.#server = server;
    this.#remove = remove;
    this.address = addressOf(sandbox);
    this.control = new Control(this.address.controlUrl);
    this.url = server.line.url ?? '';
    this.seats = seats;
  }

  /** A server for as many people, each with a key, a RingCentral login and a seat of their own. */
  static async ofPeople(count: number): Promise<LinesPlace> {
    const sandbox = await startSandbox();
    const control = new Control(addressOf(sandbox).controlUrl);
    const numbers = Array.from({ length: count }, (_, nth) => String(1_000 + nth));
    for (const number of numbers) await control.addUser(number, 'Person', number);
    const keys = numbers.map((number) => createKey(`person-${number}`, ['calls:read', 'calls:control']));
    const logins = await inGroups(atOnce, numbers, async (number) => {
      const { clientId, clientSecret, jwt } = await control.login(number);
      const name = `person-${number}`;
      return { name, clientId, clientSecret, jwt, principals: [`key:${name}`] };
    });
    const folder = mkdtempSync(join(tmpdir(), 'bench-'));
    const [keysFile, loginsFile] = [join(folder, 'keys.json'), join(folder, 'logins.json')];
    writeFileSync(keysFile, JSON.stringify(keys.map(({ entry }) => entry)));
    writeFileSync(loginsFile, JSON.stringify(logins), { mode: 0o600 });
    const server = await startServer({
      ...quietEnvironment(),
      RC_SERVER_URL: addressOf(sandbox).serverUrl,
      RC_MCP_KEYS_FILE: keysFile,
      RC_MCP_LOGINS_FILE: loginsFile,
    });
    const { devices, extensions } = await control.state();
    const seats = numbers.map((extensionNumber, nth) => ({
      extensionNumber,
      extensionId: String(extensions.find((one) => one.extensionNumber === extensionNumber)?.id),
      deviceId: devices.find((one) => one.extensionNumber === extensionNumber)?.id ?? '',
      headers: { authorization: `Bearer ${keys[nth]?.key}` },
    }));
    return new LinesPlace(sandbox, server, seats, () => rmSync(folder, { recursive: true }));
  }

  /** A server for the one login of the environment, at whose phone there are as many seats. */
  static async ofOne(count: number): Promise<LinesPlace> {
    const sandbox = await startSandbox();
    const control = new Control(addressOf(sandbox).controlUrl);
    const server = await startServer(environmentOf(addressOf(sandbox)));
    const extensionNumber = '101';
    const seat = {
      extensionNumber,
      extensionId: await control.extensionId(extensionNumber),
      deviceId: await control.deviceId(extensionNumber),
      headers: {},
    };
    return new LinesPlace(sandbox, server, Array(count).fill(seat), () => undefined);
  }

  /** Has these people ask for their calls, which opens their lines, and waits until that many feeds are live. */
  async open(seats: readonly Seat[], feeds: number): Promise<void> {
    await inGroups(atOnce, seats, ({ headers }, id) =>
      callModern(this.url, id, 'list_active_calls', { headers }),
    );
    await this.#metric('rc_mcp_feed_state{state="live"}', feeds);
  }

  /** An outsider calls each seat, and is talked with; answers the own legs, in the order of the seats. */
  async layCalls(): Promise<Leg[]> {
    const { control, seats } = this;
    // Nobody is to end in voicemail while the others are dialled.
    await control.patch('/account', { ringSeconds: 300 });
    const ids = await inGroups(atOnce, seats, ({ extensionNumber }, nth) =>
      control.dial({ phoneNumber: `+1415555${String(nth).padStart(4, '0')}` }, { extensionNumber }),
    );
    const legs = await this.#legs(ids, 'Proceeding');
    await inGroups(atOnce, legs, ({ telephonySessionId, partyId }, nth) =>
      control.act(telephonySessionId, partyId, 'answer', { deviceId: seats[nth]?.deviceId }),
    );
    await this.#legs(ids, 'Answered');
    await this.#metric('rc_mcp_live_calls', ids.length);
    return legs;
  }

  /** Collects the server's garbage, and answers what is left. */
  async held(): Promise<Held> {
    const { heapUsed } = await this.#ask<NodeJS.MemoryUsage>('memory');
    return { heapMB: heapUsed / 1e6, residentMB: residentMiB(this.#server.child.pid) * 1.048_576 };
  }

  /** Begins to watch how long the server works without looking at what else there is to do. */
  watchTurns(): void {
    this.#server.child.send('watch turns' satisfies Question);
  }

  /** The longest that it did since, in ms of its processor; at most ten more than one turn of its event loop. */
  longestTurn(): Promise<number> {
    return this.#ask('longest turn');
  }

  /** The server's time on processors so far, in ms. */
  processorMs(): number {
    return processorMs(this.#server.child.pid);
  }

  async close(): Promise<void> {
    await stop(this.#server);
    await stop(this.#sandbox);
    this.#remove();
  }

  async #ask<T>(question: Question): Promise<T> {
    const { child } = this.#server;
    child.send(question);
    const [answer] = await once(child, 'message');
    return answer as T;
  }

  /** Waits until the own party of each call is so. */
  async #legs(ids: readonly string[], code: string): Promise<Leg[]> {
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(pollMs)) {
      const calls = new Map(
        (await this.control.state()).calls.map((call) => [call.telephonySessionId, call]),
      );
      const legs = ids.flatMap((telephonySessionId, nth) => {
        const own = calls
          .get(telephonySessionId)
          ?.parties.find(
            ({ extensionId, status }) =>
              String(extensionId) === this.seats[nth]?.extensionId && status.code === code,
          );
        return own ? [{ telephonySessionId, partyId: own.id }] : [];
      });
      if (legs.length === ids.length) return legs;
    }
    throw new Error(`not all ${ids.length} calls became ${code}`);
  }

  /** Waits until a metric of the server has this value. */
  async #metric(name: string, value: number): Promise<void> {
    let text = '';
    for (const deadline = Date.now() + patienceMs; Date.now() < deadline; await pause(pollMs)) {
      const answer = await fetch(new URL('/metrics', this.url), { headers: this.seats[0]?.headers ?? {} });
      text = await answer.text();
      if (text.includes(`\n${name} ${value}\n`)) return;
    }
    const lines = text.split('\n').filter((line) => line.startsWith('rc_mcp_'));
    throw new Error(`${name} did not become ${value}: ${lines.join('; ')}`);
  }
}

const startSandbox = () =>
  start(
    [binary, 'sandbox', ...withoutLimits('a bench does in a minute what people do in a day')],
    'controlUrl',
  );

/** With what answers the bench. */
async function startServer(env: Record<string, string>): Promise<Started> {
  const probe = await bundle('server-probe');
  try {
    return await start(['--import', probe.file, binary, 'serve', '--http', '127.0.0.1:0'], 'url', env);
  } finally {
    probe.remove();
  }
}

function addressOf({ line }: Started): Parameters<typeof environmentOf>[0] {
  const { serverUrl = '', clientId = '', clientSecret = '', jwt = '', controlUrl = '' } = line;
  return { serverUrl, clientId, clientSecret, jwt, controlUrl };
}

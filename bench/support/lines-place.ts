import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createKey } from '../../src/transports/identity/keys.ts';
import { Control } from '../../test/e2e/support/control.ts';
import type { Leg } from '../../test/e2e/support/operations.ts';
import { binary, environmentOf, quietEnvironment, withoutLimits } from '../../test/e2e/support/process.ts';
import { type Started, start, stop } from './command.ts';
import { callModern } from './http-load.ts';
import { inGroups } from './in-groups.ts';
import { layCalls, type Seat, seatsOf } from './lay-calls.ts';
import { type Held, ProbedServer } from './probed-server.ts';

const atOnce = 8;

/** A sandbox, a server over HTTP on it, and the seats at which calls are. */
export class LinesPlace {
  readonly control: Control;
  readonly address: Parameters<typeof environmentOf>[0];
  readonly seats: readonly Seat[];
  readonly url: string;
  readonly #sandbox: Started;
  readonly #server: ProbedServer;
  readonly #remove: () => void;

  private constructor(sandbox: Started, server: ProbedServer, seats: readonly Seat[], remove: () => void) {
    this.#sandbox = sandbox;
    this.#server = server;
    this.#remove = remove;
    this.address = addressOf(sandbox);
    this.control = new Control(this.address.controlUrl);
    this.url = server.url;
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
    const server = await ProbedServer.start({
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
    const server = await ProbedServer.start(environmentOf(addressOf(sandbox)));
    return new LinesPlace(sandbox, server, await seatsOf(control, '101', count), () => undefined);
  }

  /** Has these people ask for their calls, which opens their lines, and waits until that many feeds are live. */
  async open(seats: readonly Seat[], feeds: number): Promise<void> {
    await inGroups(atOnce, seats, ({ headers }, id) =>
      callModern(this.url, id, 'list_active_calls', { headers }),
    );
    await this.#server.metric('rc_mcp_feed_state{state="live"}', feeds, this.#headers);
  }

  /** An outsider calls each seat, and is talked with; answers the own legs, in the order of the seats. */
  async layCalls(): Promise<Leg[]> {
    const legs = await layCalls(this.control, this.seats);
    await this.#server.metric('rc_mcp_live_calls', legs.length, this.#headers);
    return legs;
  }

  /** Collects the server's garbage, and answers what is left. */
  held(): Promise<Held> {
    return this.#server.held();
  }

  /** Begins to watch how long the server works without looking at what else there is to do. */
  watchTurns(): void {
    this.#server.watchTurns();
  }

  /** The longest that it did since, in ms of its processor; at most ten more than one turn of its event loop. */
  longestTurn(): Promise<number> {
    return this.#server.longestTurn();
  }

  /** The server's time on processors so far, in ms. */
  processorMs(): number {
    return this.#server.processorMs();
  }

  async close(): Promise<void> {
    await this.#server.stop();
    await stop(this.#sandbox);
    this.#remove();
  }

  get #headers(): Record<string, string> {
    return this.seats[0]?.headers ?? {};
  }
}

export const startSandbox = (...args: string[]) =>
  start(
    [binary, 'sandbox', ...withoutLimits('a bench does in a minute what people do in a day'), ...args],
    'controlUrl',
  );

export function addressOf({ line }: Started): Parameters<typeof environmentOf>[0] {
  const { serverUrl = '', clientId = '', clientSecret = '', jwt = '', controlUrl = '' } = line;
  return { serverUrl, clientId, clientSecret, jwt, controlUrl };
}

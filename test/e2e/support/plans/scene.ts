import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setInterval } from 'node:timers/promises';
import { type RunningSandbox, startSandbox } from 'ringcentral-sandbox';
import type { ToolAnswer } from '../agents.ts';
import { Control, type LoggedRequest, type TrueCall, type TrueParty } from '../control.ts';
import { Stage } from '../operations.ts';
import { logInOtherApp, sendAsOtherApp } from '../other-app.ts';
import { environmentOf } from '../process.ts';
import { Host } from './host.ts';

export const ada = { phoneNumber: '+14155550123', name: 'Ada' };
export const eve = { phoneNumber: '+14155550171', name: 'Eve' };
export const zoe = { phoneNumber: '+14155550199', name: 'Zoe' };

/** Of the logged-in user's people, by extension number. */
export const alice = '101';
export const bob = '102';

/** So long, in ms, a request is kept under way while something happens. */
export const heldMs = 2_500;
/** Longest, in ms, that anything here is waited for: a request that is never answered takes ten seconds. */
const patienceMs = 60_000;

export interface RequestPattern {
  method: string;
  pathPattern: string;
}

/** Thrown where an act by hand is not possible as things are. */
export class CannotHappen extends Error {}

/** Thrown where the machine was so slow that the request was answered before it had happened. */
export class TooSlow extends Error {}

/** What the colleague does once the call rings at Bob's. */
export type Colleague = (scene: Scene, telephonySessionId: string, party: TrueParty) => Promise<void>;

/** A sandbox with its people, a host whose agent begins a plan, and the server that was spawned for it. */
export class Scene {
  readonly sandbox: RunningSandbox;
  readonly control: Control;
  readonly stage: Stage;
  readonly #folder = mkdtempSync(join(tmpdir(), 'plans-'));
  #host: Host | undefined;
  /** The calls that were laid out, by what the plan calls them. */
  readonly calls: Record<string, string> = {};
  /** Of the plan's tool. */
  args: Record<string, unknown> = {};
  /** Who has called from outside first. */
  caller: typeof ada & { emergencyCallback?: boolean } = ada;
  /** What Bob does; nothing yet: the phone rings on. */
  colleague: Colleague | undefined;
  /** Whether Alice's phone dials into a conference of hers. */
  joins = false;
  readonly #met = new Set<string>();
  readonly #end = new AbortController();
  /** Number of the first request of the plan. */
  since = 0;
  readonly cancelling = new AbortController();
  begun: Promise<ToolAnswer | Error> | undefined;
  /** The plan that was begun, and the answer to another that wanted its calls. */
  tool = '';
  second: ToolAnswer | undefined;

  private constructor(sandbox: RunningSandbox) {
    this.sandbox = sandbox;
    this.control = new Control(sandbox.controlUrl);
    this.stage = new Stage(this.control);
  }

  static async open(): Promise<Scene> {
    const scene = new Scene(await startSandbox({ rateLimits: 'off' }));
    await scene.control.patch('/account', { ringSeconds: 60 });
    await scene.start();
    return scene;
  }

  get host(): Host {
    if (!this.#host) throw new Error('no host');
    return this.#host;
  }

  /** Starts the server, anew where it has ended. */
  async start(): Promise<void> {
    this.#host = await Host.start(['--audit-log', join(this.#folder, 'audit.log')], {
      ...environmentOf(this.sandbox),
      RC_MCP_AUDIT_KEY: 'a key of more than sixteen characters',
    });
  }

  /** The agent begins the plan; people do from now on what they are to do. */
  async begin(tool: string): Promise<void> {
    this.since = (await this.control.requests()).next;
    this.tool = tool;
    this.begun = this.host
      .call(tool, this.args, this.cancelling.signal)
      .catch((error: unknown) => error as Error);
    this.#live().catch(() => {});
  }

  /** Requests since the plan began. */
  async requests(): Promise<LoggedRequest[]> {
    return (await this.control.requests(this.since)).requests;
  }

  /** Waits until something is so. */
  async until<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const deadline = Date.now() + patienceMs;
    for await (const _ of setInterval(20)) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > deadline) break;
    }
    throw new Error(`in vain: ${what}`);
  }

  /** Logs in an app that Alice uses beside the agent. */
  async logInOtherApp(): Promise<void> {
    this.#otherToken = await logInOtherApp(this.sandbox);
  }
  #otherToken = '';

  /** A request by that app. */
  async otherApp(method: string, path: string, body?: object): Promise<void> {
    const status = await sendAsOtherApp(this.sandbox, this.#otherToken, method, path, body);
    if (status === 409) throw new CannotHappen();
    if (status >= 400) throw new Error(`the other app was refused: ${status}`);
  }

  /** Alice's live leg of a call, or her last one. */
  async leg(telephonySessionId: string): Promise<TrueParty> {
    const own = await this.#extensionOf(alice);
    const { parties } = await this.control.call(telephonySessionId);
    const legs = parties.filter(({ extensionId }) => String(extensionId) === own);
    const leg = legs.find(isLive) ?? legs.at(-1);
    if (!leg) throw new Error('Alice is not on that call');
    return leg;
  }

  /** The call that the plan has placed to Bob. */
  async consultation(): Promise<string | undefined> {
    const { calls } = await this.control.state();
    return calls.find(
      ({ telephonySessionId, parties }) =>
        !Object.values(this.calls).includes(telephonySessionId) &&
        parties.some(
          ({ direction, extensionId }) => direction === 'Outbound' && String(extensionId) === this.#own,
        ),
    )?.telephonySessionId;
  }

  async close(): Promise<void> {
    this.#end.abort();
    await this.control.clearFaults();
    await this.#host?.close();
    await this.#host?.server.stop();
    await this.sandbox.close();
    rmSync(this.#folder, { recursive: true });
  }

  #own = '';
  async #extensionOf(extensionNumber: string): Promise<string> {
    const id = await this.control.extensionId(extensionNumber);
    if (extensionNumber === alice) this.#own = id;
    return id;
  }

  /** Lets people do what they are to do, until the end. */
  async #live(): Promise<void> {
    const bobs = await this.#extensionOf(bob);
    await this.#extensionOf(alice);
    for await (const _ of setInterval(30)) {
      if (this.#end.signal.aborted) return;
      const { calls } = await this.control.state();
      // What can no longer be done is left.
      for (const call of calls) await this.#meet(call, bobs).catch(() => {});
    }
  }

  async #meet({ telephonySessionId: id, parties, origin }: TrueCall, bobs: string): Promise<void> {
    if (this.#met.has(id)) return;
    const rings = parties.find(
      ({ extensionId, status }) => String(extensionId) === bobs && status.code === 'Proceeding',
    );
    if (rings && this.colleague) {
      this.#met.add(id);
      await this.colleague(this, id, rings);
    } else if (this.joins && origin.type === 'Conference' && parties.length === 0) {
      this.#met.add(id);
      await this.control.act(id, 'host', 'join');
    }
  }
}

export const isLive = ({ status }: TrueParty): boolean => !['Disconnected', 'Gone'].includes(status.code);

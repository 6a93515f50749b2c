import type { Engine } from 'ringcentral-sandbox/testing';
import { ApiError } from 'ringcentral-sandbox/testing';
import { LineChanges } from './line-changes.ts';
import { Marks, type Owner } from './marks.ts';
import { type Office, type PrepareEntry, startOffice } from './office.ts';
import type { OfficeLogin } from './office-login.ts';
import type { Person } from './person.ts';

export const logins: readonly OfficeLogin[] = [
  { name: 'annslogin', extensionNumber: '102' },
  { name: 'bobslogin', extensionNumber: '103' },
  { name: 'cydslogin', extensionNumber: '105' },
  { name: 'deeslogin', extensionNumber: '107', isRefused: true },
];
/** Somebody of the company whose calls no line of this server has. */
const stranger: OfficeLogin = { name: 'nobodyslogin', extensionNumber: '108' };

export const extensionOf = (login: string | undefined): string =>
  logins.find(({ name }) => name === login)?.extensionNumber ?? '';

/** Id of the desk phone of a login. */
export const phoneOf = (login: string | undefined): string => `60${extensionOf(login)}001`;

/** A call as whoever laid it out knows it: with the leg of the one whose call it is. */
export interface Call {
  id: string;
  party: string;
  /** Of the outsider; empty for a call between colleagues. */
  number: string;
  name: string;
}

/** A party as RingCentral shows it. */
export interface WireParty {
  id: string;
  extensionId?: string;
  status: { code: string };
  from?: WireEnd;
  to?: WireEnd;
}
interface WireEnd {
  phoneNumber?: string;
  name?: string;
  deviceId?: string;
}

interface Recording {
  id: string;
  telephonySessionId: string;
}

/** How often what was to be tried came about. */
export const tally = () => ({
  heard: 0,
  notices: 0,
  questions: 0,
  grants: 0,
  plans: 0,
  'acts observed': 0,
  thefts: 0,
  'own calls seen': 0,
  'audit entries': 0,
  'log lines': 0,
  'refused for rate': 0,
  'ended by taking a login out': 0,
});
export type Tally = ReturnType<typeof tally> & Partial<ReturnType<typeof signInTally>>;

/** The same of what there is where people sign in alone. */
export const signInTally = () => ({
  refreshes: 0,
  'scopes changed': 0,
  'apps revoked': 0,
  'ended by RingCentral': 0,
});

/** What outlives a run, because to begin anew costs seconds: server, sandbox, and whose every mark is. */
export class World {
  readonly office: Office;
  readonly marks = new Marks();
  readonly changes = new LineChanges();
  readonly count: Tally;
  /** Calls to the outside that were tried since the line was opened, by login. */
  readonly outside = new Map<string, number>();
  /** Until when RingCentral takes no request, by login, epoch ms; with time to spare. */
  readonly limitedUntil = new Map<string, number>();
  /** Of all runs, by principal: what they did is logged when it has ended. */
  readonly everybody = new Map<string, Person>();
  /** Those of the last runs. */
  recent: Person[] = [];
  runs = 0;
  /** A call that nobody's line has. */
  control: Call;
  #customers = 0;
  /** Of each call, the logins whose it is or was. */
  readonly #ownersOf = new Map<string, Set<Owner>>();
  /** Calls that have changed since they were looked at. */
  readonly #touched = new Set<string>();

  private constructor(office: Office, count: Tally) {
    this.office = office;
    this.count = count;
    this.#followOwners();
    this.control = this.#ringStranger();
  }

  static async open(count: Tally, prepare: PrepareEntry): Promise<World> {
    const world = new World(await startOffice([...logins, stranger], prepare), count);
    const { devices } = await world.office.control.state();
    for (const { name, extensionNumber } of logins) {
      world.marks.add(name, `login:${name}`);
      for (const { id, ...device } of devices) {
        const number = device.extension?.extensionNumber ?? device.extensionNumber;
        if (number === extensionNumber) world.marks.add(id, `login:${name}`);
      }
      const { phoneNumber, name: label } = world.customer(name);
      const flip = { id: '1', phoneNumber, label, flipNumber: '1', type: 'Mobile' as const };
      world.engine.updateExtension(world.#extensionId(extensionNumber), {
        flipNumbers: [{ ...flip, features: ['CallFlip', 'CallForwarding'] }],
      });
    }
    return world;
  }

  get engine(): Engine {
    return this.office.engine;
  }

  /** An outsider with a number and a name that nobody else has; they belong to a login. */
  customer(login?: string): { phoneNumber: string; name: string } {
    this.#customers += 1;
    const phoneNumber = `+1415${6_000_000 + this.#customers}`;
    const name = `Caller Zq${String(this.#customers).padStart(6, '0')}`;
    for (const mark of [phoneNumber, name]) if (login !== undefined) this.marks.add(mark, `login:${login}`);
    return { phoneNumber, name };
  }

  /** An outsider calls an extension. */
  ring(extensionNumber: string, { phoneNumber, name }: { phoneNumber: string; name: string }): Call {
    const { telephonySessionId: id } = this.engine.placeCall({
      from: { phoneNumber, name },
      to: { extensionNumber },
    });
    return { id, number: phoneNumber, name, party: `p-${id.slice(2)}-2` };
  }

  /** Without a call that ended a while ago. */
  partiesOf(callId: string): WireParty[] {
    return (
      ignoringRefusals(
        () => (this.engine.session(callId) as { parties: WireParty[] } | undefined)?.parties,
      ) ?? []
    );
  }

  /** Another in the place of `control`: no phone rings for ever. */
  renewControl(): void {
    ignoringRefusals(() => this.engine.dropCall(this.control.id));
    this.control = this.#ringStranger();
  }

  isOf(callId: string, login: string | undefined): boolean {
    return this.#ownersOf.get(callId)?.has(`login:${login}`) === true;
  }

  /** The network drops all calls of the people of this server. */
  dropCalls(): void {
    for (const { telephonySessionId } of this.engine.state().calls) {
      if (telephonySessionId === this.control.id) continue;
      ignoringRefusals(() => this.engine.dropCall(telephonySessionId));
    }
  }

  recordingOf(callId: string): string | undefined {
    return this.#recordings().find(({ telephonySessionId }) => telephonySessionId === callId)?.id;
  }

  /** Who is on a call with somebody is shown their phone and number, and what is recorded. */
  refreshMarks(): void {
    for (const id of this.#touched) {
      const owners = [...(this.#ownersOf.get(id) ?? [])];
      for (const { from, to } of this.partiesOf(id)) {
        for (const mark of [from, to].flatMap((end) => [end?.phoneNumber, end?.name, end?.deviceId])) {
          if (mark !== undefined && this.marks.isMark(mark)) this.marks.add(mark, ...owners);
        }
      }
    }
    this.#touched.clear();
  }

  markRecordings(): void {
    for (const { id, telephonySessionId } of this.#recordings()) {
      this.marks.add(id, ...(this.#ownersOf.get(telephonySessionId) ?? []));
    }
  }

  /** Takes note of whose each call is before the server is told of it. */
  #followOwners(): void {
    const ownerOf = new Map(
      logins.map(({ name, extensionNumber }) => [this.#extensionId(extensionNumber), `login:${name}`]),
    );
    this.engine.subscribe((notification) => {
      if (notification.kind !== 'telephony') return;
      const { telephonySessionId: id } = notification.body as { telephonySessionId: string };
      this.#touched.add(id);
      const owner = ownerOf.get(notification.extensionId ?? '');
      if (owner === undefined) return;
      this.#ownersOf.set(id, (this.#ownersOf.get(id) ?? new Set()).add(owner));
      this.marks.add(id, owner);
    });
  }

  #ringStranger = (): Call => this.ring(stranger.extensionNumber, this.customer());

  #recordings(): Recording[] {
    return this.engine.state().recordings as Recording[];
  }

  #extensionId(number: string): string {
    const { extensions } = this.engine.state();
    return extensions.find(({ extensionNumber }) => extensionNumber === number)?.id ?? '';
  }
}

/** What `work` gives; undefined where the sandbox refuses it, because it makes no sense any more. */
export function ignoringRefusals<Result>(work: () => Result): Result | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ApiError) return undefined;
    throw error;
  }
}

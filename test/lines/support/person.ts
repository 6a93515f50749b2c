import type { Owner } from './marks.ts';
import type { Ear, Message, Reply, Way, WireClient } from './wire-client.ts';

/** How somebody answers a question; `open`: not at all. */
export const answers = ['yes', 'grant', 'decline', 'cancel', 'open'] as const;
export type AnswerKind = (typeof answers)[number];

/** Something that reached somebody, with what they had sent to get it. */
export interface Heard {
  text: string;
  asked: readonly string[];
  /** Who they were at that moment. */
  as: ReadonlySet<Owner>;
}

/** A question of 2026 that nobody has answered. */
export interface OpenQuestion {
  tool: string;
  args: object;
  state: string;
}

/** Somebody with a key and a host. */
export class Person {
  readonly key: string;
  /** Name of their RingCentral login; undefined where they have none. */
  login: string | undefined;
  /** All that they had in this run. */
  readonly logins = new Set<string>();
  client!: WireClient;
  /** Makes single requests of 2026, whatever way `client` has. */
  modern!: WireClient;
  readonly heard: Heard[] = [];
  /** All that they sent. */
  readonly sent: string[] = [];
  readonly open: OpenQuestion[] = [];
  readonly planIds = new Set<string>();
  readonly cursors: number[] = [];
  readonly handles = new Set<string>();
  /** How often they used an idempotency key, by login and key. */
  readonly usedKeys = new Map<string, number>();
  readonly counts = { asked: 0, declined: 0, granted: 0, plans: 0 };
  /** Notices by URI, and of the list. */
  readonly notices = new Map<string, number>();
  answering: AnswerKind = 'yes';
  /** What came by connections after they were to have ended, and was no refusal. */
  readonly heardAfterEnd: string[] = [];
  #connection = { isEnded: false };
  readonly #way: Way;
  readonly #open: (way: Way, ear: Ear) => WireClient;

  constructor(key: string, login: string | undefined, way: Way, connect: (way: Way, ear: Ear) => WireClient) {
    this.key = key;
    this.#way = way;
    this.#open = connect;
    this.use(login);
  }

  get is(): ReadonlySet<Owner> {
    return new Set([`key:${this.key}`, ...(this.login === undefined ? [] : [`login:${this.login}`])]);
  }

  use(login: string | undefined): void {
    this.login = login;
    if (login !== undefined) this.logins.add(login);
  }

  /** Opens a connection in the place of the one before. */
  async connect(): Promise<void> {
    this.leave();
    this.notices.clear();
    const connection = { isEnded: false };
    const { is } = this;
    this.#connection = connection;
    const ear: Ear = {
      sends: (text) => void this.sent.push(text),
      hears: (text, asked) => {
        // What was asked before they were given another login is answered for who they were.
        this.heard.push({ text, asked, as: new Set([...is, ...this.is]) });
        if (connection.isEnded && /"(result|method)":/.test(text)) this.heardAfterEnd.push(text);
        this.#note(text);
      },
      asked: (form) => this.#answer(form),
    };
    this.client = this.#open(this.#way, ear);
    this.modern = this.#open('2026', ear);
    await this.client.open();
  }

  /** Nothing more is to come by the connections of now. */
  expectSilence(): void {
    this.#connection.isEnded = true;
  }

  leave(): void {
    this.client?.close();
    this.modern?.close();
  }

  /** Calls a tool, and keeps what could be of use to a thief. */
  async call(tool: string, args: object = {}, client = this.client): Promise<Reply> {
    const reply = await client.call(tool, args);
    const { requestState: state, structuredContent } = reply.message.result ?? {};
    if (state !== undefined) this.open.push({ tool, args, state });
    if (structuredContent?.plan?.planId) this.planIds.add(structuredContent.plan.planId);
    return reply;
  }

  #answer(form: Message): Message | undefined {
    const { counts, answering } = this;
    counts.asked += 1;
    const { decision } = form.requestedSchema.properties;
    const choose = (nth: number) => ({
      action: 'accept',
      content: decision ? { decision: decision.enum[nth] } : { confirm: true },
    });
    if (answering === 'open') return undefined;
    if (answering === 'yes') return choose(0);
    if (answering === 'grant') {
      if (decision) counts.granted += 1;
      return choose(1);
    }
    if (answering === 'decline') counts.declined += 1;
    return { action: answering };
  }

  #note(text: string): void {
    const [, cursor] = /"cursor":(\d+)/.exec(text) ?? [];
    if (cursor !== undefined) this.cursors.push(Number(cursor));
    for (const [, handle = ''] of text.matchAll(/"handle\\?":\\?"(c\d+)/g)) this.handles.add(handle);
    if (!text.includes('"notifications/resources/')) return;
    const { method, params } = JSON.parse(text.replace(/^data: /, ''));
    if (!/^notifications\/resources\/(updated|list_changed)$/.test(method)) return;
    const uri = params?.uri ?? 'list';
    this.notices.set(uri, (this.notices.get(uri) ?? 0) + 1);
  }
}

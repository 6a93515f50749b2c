import { pino } from 'pino';
import { type RunningSandbox, type SandboxOptions, startSandbox } from 'ringcentral-sandbox';
import type { Timing } from '../../../src/ringcentral/feed/timing.ts';
import type { OperationAnswer, OperationPath } from '../../../src/ringcentral/platform.ts';
import { createRingCentral, type RingCentral } from '../../../src/ringcentral/ringcentral.ts';
import type { Presence, TelephonyEvent } from '../../../src/ringcentral/wire/event.ts';
import type { FeedState, FeedStatus } from '../../../src/ringcentral/wire/feed.ts';
import type { OperationName } from '../../../src/ringcentral/wire/operation-table.ts';
import { systemClock } from '../../../src/shared/clock.ts';

export const silent = pino({ level: 'silent' });

/** Waits that tests can live with; the order of things is the platform's. */
export const quick: Partial<Timing> = {
  connectMs: 300,
  handshakeMs: 300,
  tokenMs: 300,
  subscribeMs: 300,
  answerMs: 300,
  watchMs: 50,
  pingAfterMs: 100,
  heartbeatAfterMs: 200,
  sleptMs: 5_000,
  backoffMs: [[10, 20]],
  freeBackoffMs: [[10, 20]],
};

interface LoggedRequest {
  seq: number;
  method: string;
  path: string;
  status: number;
  body?: unknown;
}

export interface PlatformTestbed {
  sandbox: RunningSandbox;
  /** POSTs (or another method) to the control interface. */
  control<T>(path: string, body?: unknown, method?: string): Promise<T>;
  fault(fault: object): Promise<void>;
  requests(pathPart: string): Promise<LoggedRequest[]>;
  connect(more?: Partial<Parameters<typeof createRingCentral>[0]>): RingCentral;
  close(): Promise<void>;
}

/** Sends an operation that acts, as the guard does once it lets it through; undefined where the login was refused. */
export async function operate(
  platform: RingCentral['platform'],
  name: OperationName,
  path: OperationPath,
  body?: object,
): Promise<OperationAnswer> {
  const ready = await platform.prepare(name, path);
  const answer = await ready.send(body, () => {});
  if (answer === undefined) throw new Error('the login was refused');
  return answer;
}

/** A sandbox and logins to it; all closed by `close`. */
export const openPlatformTestbed = async (
  options: SandboxOptions = { rateLimits: 'off' },
): Promise<PlatformTestbed> => worldOf(await startSandbox(options));

/** The same with a sandbox that runs already; `close` ends that too. */
export function worldOf(sandbox: RunningSandbox): PlatformTestbed {
  const opened: RingCentral[] = [];
  const control = async <T>(path: string, body?: unknown, method?: string): Promise<T> => {
    const response = await fetch(`${sandbox.controlUrl}${path}`, {
      method: method ?? 'POST',
      ...(body === undefined && method === 'GET'
        ? {}
        : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body ?? {}) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text === '' ? undefined : JSON.parse(text)) as T;
  };
  return {
    sandbox,
    control,
    fault: (fault) => control('/faults', fault),
    async requests(pathPart) {
      const { requests } = await control<{ requests: LoggedRequest[] }>(
        '/requests?since=0',
        undefined,
        'GET',
      );
      return requests.filter(({ path }) => path.includes(pathPart));
    },
    connect(more = {}) {
      const { serverUrl, clientId, clientSecret, jwt } = sandbox;
      const ringcentral = createRingCentral({
        credentials: { serverUrl, clientId, clientSecret, jwt },
        clock: systemClock,
        log: silent,
        scope: 'extension',
        timing: quick,
        timeoutMs: 2_000,
        readRetriesMs: [5, 10],
        ...more,
      });
      opened.push(ringcentral);
      return ringcentral;
    },
    async close() {
      await Promise.all(opened.map((one) => one.close()));
      await sandbox.close();
    },
  };
}

/** Somebody calls the user that is logged in; the call rings. */
export const ring = async (testbed: PlatformTestbed, to = '101'): Promise<string> => {
  const { telephonySessionId } = await testbed.control<{ telephonySessionId: string }>('/calls', {
    from: { phoneNumber: '+16505550123', name: 'Caller' },
    to: { extensionNumber: to },
  });
  return telephonySessionId;
};

/** All that a feed has told, and a way to wait for more. */
export interface FeedRecording {
  events: TelephonyEvent[];
  presences: Presence[];
  states: FeedStatus[];
  gaps: string[];
  until(condition: (recording: FeedRecording) => boolean): Promise<void>;
  untilState(state: FeedState): Promise<void>;
}

/** Listens to the feed; every gap counts as read again at once, unless `resync` is off. */
export function recordFeed({ feed }: Pick<RingCentral, 'feed'>, resync = true): FeedRecording {
  const waiting = new Set<() => void>();
  const told = (): void => {
    for (const check of waiting) check();
  };
  const recording: FeedRecording = {
    events: [],
    presences: [],
    states: [],
    gaps: [],
    until: (condition) =>
      new Promise((resolve) => {
        const check = (): void => {
          if (!condition(recording)) return;
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      }),
    untilState: (state) => recording.until(() => feed.status.state === state),
  };
  feed.listen({
    event(event) {
      recording.events.push(event);
      told();
    },
    presence(presence) {
      recording.presences.push(presence);
      told();
    },
    status(status) {
      recording.states.push(status);
      told();
    },
    gap(reason) {
      recording.gaps.push(reason);
      if (resync) feed.resynced();
      told();
    },
  });
  return recording;
}

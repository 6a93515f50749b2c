import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { FeedState } from '../../ringcentral/wire/feed.ts';
import { type RateGroup, rateGroups } from '../../ringcentral/wire/operation-table.ts';
import type { Meter } from '../../shared/meter.ts';

/** Where the values come from that are read when Prometheus asks for them. */
export interface Readings {
  liveCalls(): number;
  /** Of the line of each login that is open. */
  lineStates(): readonly LineState[];
  /** Of the event feed of each. */
  feedStates(): readonly FeedState[];
  /** Requests left in a rate-limit group, as RingCentral last said; of the line with the fewest. */
  rateLimitRoom(group: RateGroup): number;
}

/** The metrics of one process, for Prometheus. */
export interface Metrics extends Meter {
  /** Adds a value that `read` gives whenever Prometheus asks. */
  gauge(name: string, help: string, read: () => number): void;
  /** Adds how many there are of what `read` gives whenever Prometheus asks, by their labels. */
  counts<Label extends string>(
    name: string,
    help: string,
    labels: readonly Label[],
    read: () => readonly Record<Label, string>[],
  ): void;
  /** Of `text`. */
  readonly contentType: string;
  /** All metrics in Prometheus' text format. */
  text(): Promise<string>;
}

const feedStates: readonly FeedState[] = [
  ...(['idle', 'connecting', 'live', 'recovering', 'resyncing', 'waiting', 'denied'] as const),
];

const lineStates = ['idle', 'live', 'interrupted', 'needs_login'] as const;
type LineState = (typeof lineStates)[number];

/** The metrics of this process, with those that Node has of itself. */
export function createMetrics(readings: Readings): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const gauge: Metrics['gauge'] = (name, help, read) => {
    new Gauge({
      name,
      help,
      registers: [registry],
      collect() {
        this.set(read());
      },
    });
  };
  const counts: Metrics['counts'] = (name, help, labelNames, read) => {
    new Gauge({
      name,
      help,
      labelNames,
      registers: [registry],
      collect() {
        this.reset();
        for (const labels of read()) this.inc(labels);
      },
    });
  };
  const meter = createMeter([registry]);
  addReadings(readings, [registry]);
  gauge('rc_mcp_live_calls', 'Calls that are going on', readings.liveCalls);
  return { ...meter, gauge, counts, contentType: registry.contentType, text: () => registry.metrics() };
}

/** What counts tool calls, decisions of the guard and the lag of events. */
function createMeter(registers: Registry[]): Meter {
  const toolCalls = new Counter({
    name: 'rc_mcp_tool_calls_total',
    help: 'Tool calls by outcome',
    labelNames: ['tool', 'outcome'],
    registers,
  });
  const toolSeconds = new Histogram({
    name: 'rc_mcp_tool_call_duration_seconds',
    help: 'How long tools took, the wait for a person included',
    labelNames: ['tool'],
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 45],
    registers,
  });
  const decisions = new Counter({
    name: 'rc_mcp_guard_decisions_total',
    help: 'What the guard decided',
    labelNames: ['risk', 'decision'],
    registers,
  });
  const lag = new Histogram({
    name: 'rc_mcp_event_lag_seconds',
    help: 'From a change on the platform to the arrival of its event',
    buckets: [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60],
    registers,
  });
  return {
    toolCall(tool, outcome, ms) {
      toolCalls.inc({ tool, outcome });
      toolSeconds.observe({ tool }, ms / 1000);
    },
    guardDecision: (risk, decision) => decisions.inc({ risk, decision }),
    // Two clocks are compared: a negative lag is none.
    eventLag: (ms) => lag.observe(Math.max(0, ms / 1000)),
  };
}

/** The states of lines and what is left of the rate limit, read whenever Prometheus asks. */
function addReadings(readings: Readings, registers: Registry[]): void {
  addCounts('rc_mcp_feed_state', 'Event feeds in this state', feedStates, readings.feedStates, registers);
  addCounts(
    'rc_mcp_lines',
    'RingCentral logins in use; needs_login: RingCentral refuses the login',
    lineStates,
    readings.lineStates,
    registers,
  );
  new Gauge({
    name: 'rc_mcp_rate_limit_room',
    help: 'Requests left in the window of each RingCentral rate-limit group, of the login with the fewest',
    labelNames: ['group'],
    registers,
    collect() {
      this.reset();
      if (readings.lineStates().length === 0) return;
      for (const group of rateGroups) this.set({ group }, readings.rateLimitRoom(group));
    },
  });
}

/** How many there are in each state. */
function addCounts<State extends string>(
  name: string,
  help: string,
  states: readonly State[],
  read: () => readonly State[],
  registers: Registry[],
): void {
  new Gauge({
    name,
    help,
    labelNames: ['state'],
    registers,
    collect() {
      const now = read();
      for (const state of states) this.set({ state }, now.filter((each) => each === state).length);
    },
  });
}

import { foldStatus } from '../../src/ringcentral/wire/session.ts';
import type { Agent } from '../../test/e2e/support/agents.ts';

const pageSize = 200;

interface Call {
  stale?: boolean;
  parties: { id: string; status: { code: string }; muted?: boolean; stale?: boolean }[];
}

/** What the server shows: every call, how many of them are stale, and the state of its feed. */
export interface Picture {
  calls: number;
  /** `party state muted` of every live party. */
  lines: string[];
  stale: number;
  feed: { state?: string; stale?: boolean } | undefined;
  /** Why it shows nothing. */
  refusal: string | undefined;
}

/** @param fresh the server reads every call again before it answers */
export async function pictureOf(agent: Agent, { fresh = false } = {}): Promise<Picture> {
  const calls: Call[] = [];
  for (;;) {
    const first = calls.length === 0 ? { fresh } : {};
    const { structuredContent: shown } = await agent.call('list_active_calls', {
      ...first,
      detail: true,
      limit: pageSize,
      offset: calls.length,
    });
    calls.push(...(shown?.calls ?? []));
    if (calls.length < (shown?.total ?? 0) && shown?.calls?.length !== 0) continue;
    const stale = calls.filter((call) => call.stale || call.parties.some((party) => party.stale)).length;
    return {
      calls: calls.length,
      lines: linesOf(calls),
      stale,
      feed: shown?.feed,
      refusal: shown?.error?.message,
    };
  }
}

/** `party state muted` of every live party. */
export function linesOf(calls: readonly Call[]): string[] {
  return calls
    .flatMap(({ parties }) => parties)
    .map(({ id, status, muted = false }) => `${id} ${foldStatus(status.code)}${muted ? ' muted' : ''}`)
    .filter((line) => !/ (Disconnected|Gone)/.test(line))
    .sort();
}

/** What a picture lacks, and what it has too much. */
export function differences(shown: readonly string[], facts: readonly string[]): string[] {
  const missing = facts.filter((line) => !shown.includes(line)).map((line) => `not shown: ${line}`);
  const wrong = shown.filter((line) => !facts.includes(line)).map((line) => `not true: ${line}`);
  return [...missing, ...wrong];
}

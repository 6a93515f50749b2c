import { readFile } from 'node:fs/promises';
import type { AuditAnchors, KeptAnchor } from './anchors.ts';
import { checkChain, type LogFindings, withoutChain } from './check-chain.ts';
import { checkSegment } from './check-segment.ts';
import { type ReadFile, readLogs } from './read-logs.ts';
import { logOf } from './segment-files.ts';

export type { LogFindings } from './check-chain.ts';

export interface AuditFindings {
  logs: LogFindings[];
  /** What is wrong with all of them together. */
  problems: string[];
}

export interface VerifyOptions {
  key: string;
  /** The head that was logged at exit: without it, or anchors, a tail that was cut off cannot be seen. */
  expect?: string;
  /** Where the replicas' chains end, as they told Redis. */
  anchors?: Pick<AuditAnchors, 'all'>;
  /** A log that nobody has written to for longer, in days, may be missing. */
  days?: number;
  /** Epoch ms. */
  now: number;
}

const dayMs = 24 * 3_600_000;

/**
 * Checks logs, each with all its segments: finds lines that were changed, removed, inserted or reordered, and segments
 * that are missing; with `expect` or anchors also a cut tail and a log that was written anew, and with anchors a log
 * that is missing, or that no replica has written.
 * @param files logs, or segments of them
 * @throws Error of the file system where a file cannot be read
 */
export async function verifyAudit(
  files: readonly string[],
  { key, expect, anchors, days, now }: VerifyOptions,
): Promise<AuditFindings> {
  // Before the files, to which a server may write meanwhile.
  const kept = await anchors?.all();
  const wanted = new Set(kept?.map(({ sequence }) => sequence));
  const read = await readLogs(files, key, wanted);
  const checked: LogFindings[] = [];
  for (const each of byChain(read)) checked.push(await checkFiles(each, key, kept));
  const logs = withUnreadable(checked);
  const whole = expect === undefined ? { logs, problems: [] } : withExpected(logs, expect);
  const isOld = ({ at }: KeptAnchor) => days !== undefined && at < now - (days + 1) * dayMs;
  const missing = (kept ?? []).filter(
    (anchor) => !isOld(anchor) && !logs.some(({ chain }) => chain === anchor.chain),
  );
  return { logs: whole.logs, problems: [...whole.problems, ...missing.map(missingLog)] };
}

/** Files of one chain each; those without a good line by themselves. */
function byChain(read: readonly ReadFile[]): [ReadFile, ...ReadFile[]][] {
  const chains = new Map<string, [ReadFile, ...ReadFile[]]>();
  for (const each of read) {
    const name = each.found.chain ?? each.path;
    const files = chains.get(name);
    if (files) files.push(each);
    else chains.set(name, [each]);
  }
  return [...chains.values()];
}

async function checkFiles(
  files: [ReadFile, ...ReadFile[]],
  key: string,
  kept: readonly KeptAnchor[] | undefined,
): Promise<LogFindings> {
  if (files[0].found.chain === undefined) return withoutChain(files[0]);
  const bySegment = files.toSorted(
    (one, other) => one.found.segment - other.found.segment || one.found.last - other.found.last,
  );
  const segments = bySegment.filter(
    (each, index) => each.found.segment !== bySegment[index + 1]?.found.segment,
  ) as [ReadFile, ...ReadFile[]];
  const findings = checkChain(segments);
  const problem =
    findings.problem ?? (await firstContradiction(bySegment, key)) ?? againstAnchor(findings, segments, kept);
  const anchor = kept?.find(({ chain }) => chain === findings.chain);
  return { ...findings, ...(problem !== undefined && { problem }), ...(anchor && { anchor }) };
}

/** A segment of which no line is good shows by its name alone which log it belongs to. */
function withUnreadable(logs: readonly LogFindings[]): LogFindings[] {
  const isPartOf = (one: LogFindings, other: LogFindings) =>
    one.chain === undefined && other.chain !== undefined && logOf(one.file) === logOf(other.file);
  return logs.flatMap((log) => {
    if (logs.some((other) => isPartOf(log, other))) return [];
    const part = logs.find((other) => isPartOf(other, log));
    return part ? [{ ...log, problem: `${part.file}: ${part.problem}` }] : [log];
  });
}

/** Two files of one segment of which one does not begin with the other. */
async function firstContradiction(bySegment: readonly ReadFile[], key: string): Promise<string | undefined> {
  for (const [index, { path, found }] of bySegment.entries()) {
    const longer = bySegment[index + 1];
    if (longer?.found.segment !== found.segment) continue;
    const { seals } = checkSegment(await readFile(longer.path, 'utf8'), key, new Set([found.last]));
    if (seals.get(found.last) !== found.head)
      return `${path} and ${longer.path} have different lines with the same numbers.`;
  }
  return undefined;
}

function againstAnchor(
  { chain, last }: LogFindings,
  segments: readonly ReadFile[],
  kept: readonly KeptAnchor[] | undefined,
): string | undefined {
  if (!kept) return undefined;
  const anchor = kept.find((each) => each.chain === chain);
  if (!anchor) {
    return (
      'No replica has anchored this log: it was not written by this cluster, or Redis has lost its anchors (a replica ' +
      'that runs sets its own again within a minute).'
    );
  }
  const { sequence, head, at } = anchor;
  const anchored = `line ${sequence} was anchored at ${new Date(at).toISOString()}`;
  if (last < sequence) return `It ends at line ${last}, and ${anchored}: its tail was cut off.`;
  const found = segments.find((each) => each.found.first <= sequence && sequence <= each.found.last)?.found;
  // What the retention has removed cannot be compared any more.
  if (!found || found.seals.get(sequence) === head) return undefined;
  return `It was written anew, up to line ${sequence} at least: ${anchored}, and it was another one.`;
}

const missingLog = ({ replica, sequence, at, chain }: KeptAnchor): string =>
  `A log of the replica ${replica} is missing among the files: it had ${sequence} lines at ` +
  `${new Date(at).toISOString()} (chain ${chain.slice(0, 12)}).`;

/** Of one log, its end is compared; of several, one has to end there. */
function withExpected(logs: LogFindings[], expect: string): AuditFindings {
  const [log] = logs;
  if (logs.length > 1 || !log) {
    const isFound = logs.some(({ head }) => head === expect);
    return { logs, problems: isFound ? [] : ['None of the logs ends at the expected head.'] };
  }
  if (log.problem !== undefined || log.head === expect) return { logs, problems: [] };
  const problem = `The log ends at ${log.head}, not at the expected head: its tail was cut off, it went on, or it is another log.`;
  return { logs: [{ ...log, problem }], problems: [] };
}

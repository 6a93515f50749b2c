import { parseJson } from '../../shared/parse-json.ts';
import { GENESIS, isSealed, readLine } from './chain.ts';
import type { AuditLine, Removal, SegmentStart } from './line.ts';

/** What is found in the file of one segment. */
export interface SegmentFindings {
  /** Seal of the first line of the chain; absent where no line is good. */
  chain?: string;
  /** From 1. */
  segment: number;
  /** Number of the first line in the chain, and the seal before it. */
  first: number;
  after: string;
  /** Number and seal of the last good line; the line before the first one where there is none. */
  last: number;
  head: string;
  /** The first fault and its line; absent where all is whole. */
  problem?: string;
  /** Bytes of a last line that was not written to its end: then that is the only problem. */
  cutBytes: number;
  /** The last line ends the segment. */
  isEnded: boolean;
  /** Lines on acts. */
  acts: number;
  /** Acts whose intent is here and whose outcome is not, and the other way round. */
  open: ReadonlySet<string>;
  ended: ReadonlySet<string>;
  /** Time of the first line, and of the last one before the end; absent where no line is good. */
  since?: string;
  until?: string;
  /** The replica that wrote the last good line. */
  replica?: string;
  /** The last removal that is told of here. */
  removed?: Removal;
  /** Seals of the lines that were asked for. */
  seals: ReadonlyMap<number, string>;
}

/**
 * Checks the text of one segment: finds lines that were changed, removed, inserted or reordered in it.
 * @param wanted numbers of lines whose seals are asked for
 */
export function checkSegment(text: string, key: string, wanted?: ReadonlySet<number>): SegmentFindings {
  const lines = text.split('\n');
  const rest = lines.pop() ?? '';
  const open = new Set<string>();
  const ended = new Set<string>();
  const seals = new Map<number, string>();
  const found: SegmentFindings = {
    ...{ segment: 1, first: 1, after: GENESIS, last: 0, head: GENESIS },
    ...{ cutBytes: 0, isEnded: false, acts: 0, open, ended, seals },
  };
  for (const [index, each] of lines.entries()) {
    const parts = readLine(each);
    const line = parts && (parseJson(parts.text) as AuditLine | undefined);
    if (!parts || !line)
      return { ...found, problem: `Line ${found.last + 1} is not a line of an audit log.` };
    if (index === 0 && line.event === 'segment') begin(found, line);
    if (!isSealed(key, found.head, parts.text, parts.sealed)) {
      const why = 'was changed, removed, inserted or moved, or the key is another one.';
      return { ...found, problem: `Line ${found.last + 1} ${why}` };
    }
    found.head = parts.sealed;
    found.last += 1;
    found.chain ??= parts.sealed;
    found.since ??= line.time;
    if (line.replica !== undefined) found.replica = line.replica;
    if (wanted?.has(found.last)) seals.set(found.last, parts.sealed);
    if (line.event === 'removed') found.removed = line;
    found.isEnded = line.event === 'sealed';
    if (!found.isEnded) found.until = line.time;
    if (isOnAct(line)) found.acts += 1;
    if (line.event === 'intent') open.add(line.act);
    if (line.event === 'outcome' && !open.delete(line.act)) ended.add(line.act);
  }
  if (rest === '') return found;
  return { ...found, cutBytes: Buffer.byteLength(rest), problem: `Line ${found.last + 1} is cut off.` };
}

/** Takes the place in the chain from the first line. Nothing is believed before its seal was checked. */
function begin(found: SegmentFindings, { seq, chain, segment, after }: SegmentStart & { seq: number }): void {
  if (typeof after !== 'string' || !Number.isSafeInteger(seq)) return;
  Object.assign(found, { chain, segment, after, head: after, first: seq, last: seq - 1 });
}

const isOnAct = ({ event }: AuditLine): boolean =>
  event === 'intent' || event === 'outcome' || event === 'refused';

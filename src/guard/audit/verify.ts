import { readFile } from 'node:fs/promises';
import { GENESIS, isSealed, readLine } from './chain.ts';

export interface AuditFindings {
  /** Seal of the last good line. */
  head: string;
  /** Good lines. */
  count: number;
  /** The first fault and its line; absent when the log is whole. */
  problem?: string;
  /** Acts whose intent is logged and whose outcome is not: the process ended in between. */
  unfinished: number;
}

export interface VerifyOptions {
  key: string;
  /** The head that was logged at exit: without it, a tail that was cut off cannot be seen. */
  expect?: string;
}

/**
 * Checks a log file: finds lines that were changed, removed, inserted or reordered, and with `expect` also a cut tail
 * and a log that was written anew. Throws when the file cannot be read.
 */
export async function verifyAudit(file: string, { key, expect }: VerifyOptions): Promise<AuditFindings> {
  const found = checkAudit(await readFile(file, 'utf8'), key);
  if (found.problem || expect === undefined || found.head === expect) return found;
  return {
    ...found,
    problem: `The log ends at ${found.head}, not at the expected head: its tail was cut off, it went on, or it is another log.`,
  };
}

/** The same for a text. */
export function checkAudit(text: string, key: string): AuditFindings {
  const lines = text.split('\n');
  const rest = lines.pop();
  const open = new Set<unknown>();
  let head = GENESIS;
  let count = 0;
  const found = (problem?: string): AuditFindings => ({
    ...{ head, count, unfinished: open.size },
    ...(problem && { problem }),
  });
  for (const line of lines) {
    const parts = readLine(line);
    if (!parts) return found(`Line ${count + 1} is no line of an audit log.`);
    if (!isSealed(key, head, parts.text, parts.sealed)) {
      return found(`Line ${count + 1} was changed, removed, inserted or moved, or the key is another one.`);
    }
    head = parts.sealed;
    count += 1;
    const { event, act } = JSON.parse(parts.text);
    if (event === 'intent') open.add(act);
    if (event === 'outcome') open.delete(act);
  }
  return found(rest === '' ? undefined : `Line ${count + 1} is cut off.`);
}

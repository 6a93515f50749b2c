import { type AuditFindings, type VerifyOptions, verifyAudit } from '../guard/audit/verify.ts';

/**
 * Checks an audit log and prints what it found. Gives the exit code: 0 when nothing is wrong with the log, else 1.
 */
export async function auditVerify(file: string, options: VerifyOptions): Promise<number> {
  const found = await verifyAudit(file, options).catch((error: NodeJS.ErrnoException) => ({
    problem: `${file} cannot be read (${error.code}).`,
    head: '',
    count: 0,
    unfinished: 0,
  }));
  const { problem, count, unfinished } = found;
  if (problem) {
    process.stderr.write(`${problem}\nGood lines before it: ${count}.\n`);
    return 1;
  }
  process.stdout.write(`${verdict(file, found, options.expect !== undefined)}\n`);
  if (unfinished > 0) {
    process.stdout.write(`Acts without an outcome: ${unfinished}. The server ended before they did.\n`);
  }
  return 0;
}

/** The result in words. Without an expected head a cut tail cannot be found, and it says so. */
function verdict(file: string, { head, count }: AuditFindings, expected: boolean): string {
  if (expected)
    return count === 0 ? `${file} is empty, as expected.` : `${lines(count)}, whole. Head: ${head}`;
  const found =
    count === 0
      ? `${file} is empty.`
      : `${lines(count)}, none changed, moved or missing in between. Head: ${head}`;
  return (
    `${found}\nNot checked: whether lines were cut off at the end, or the log was written anew. For that, give ` +
    '--expect the head that the server logged at exit ("audit log closed").'
  );
}

const lines = (count: number): string => (count === 1 ? '1 line' : `${count} lines`);

import { type VerifyOptions, verifyAudit } from '../guard/audit/verify.ts';

/** Checks an audit log and says what it found; answers the exit code, 0 when the log is whole. */
export async function auditVerify(file: string, options: VerifyOptions): Promise<number> {
  const found = await verifyAudit(file, options).catch((error: NodeJS.ErrnoException) => ({
    problem: `${file} cannot be read (${error.code}).`,
    head: '',
    count: 0,
    unfinished: 0,
  }));
  const { problem, head, count, unfinished } = found;
  if (problem) {
    process.stderr.write(`${problem}\n${count} lines before it are good.\n`);
    return 1;
  }
  process.stdout.write(`${count} lines, whole. Head: ${head}\n`);
  if (unfinished > 0) {
    process.stdout.write(`${unfinished} acts have no outcome: the server ended before they did.\n`);
  }
  return 0;
}

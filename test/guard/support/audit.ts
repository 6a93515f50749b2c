import { pino } from 'pino';
import { type AuditOptions, openAudit as open } from '../../../src/guard/audit/log.ts';
import { type LogFindings, type VerifyOptions, verifyAudit } from '../../../src/guard/audit/verify.ts';

export const openAudit = (options: Omit<AuditOptions, 'log'>) =>
  open({ log: pino({ level: 'silent' }), ...options });

/** What is found of one log. */
export async function findings(file: string, options: Omit<VerifyOptions, 'now'>): Promise<LogFindings> {
  const { logs, problems } = await verifyAudit([file], { now: Date.now(), ...options });
  const [log] = logs;
  if (!log || logs.length > 1 || problems.length > 0) throw new Error(`not one log: ${problems.join(' ')}`);
  return log;
}

import { open } from 'node:fs/promises';
import { Anchoring } from '../guard/audit/anchoring.ts';
import type { AuditAnchors } from '../guard/audit/anchors.ts';
import type { AuditLog } from '../guard/audit/entry.ts';
import { openAudit } from '../guard/audit/log.ts';
import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';

export interface AuditLogOptions {
  file: string;
  key: string;
  replica?: string;
  days?: number;
  clock: Clock;
  log: Logger;
  /** Where replicas keep the ends of their logs; absent where there is one server. */
  anchors?: AuditAnchors;
}

export interface OpenAuditLog extends Pick<AuditLog, 'write'> {
  /** Closes the log, and anchors its end. Never rejects. */
  close(): Promise<ReturnType<AuditLog['close']>>;
}

/** Opens the audit log, and anchors its end in the background where there are anchors. Throws as `openAudit`. */
export async function openAuditLog({ anchors, ...options }: AuditLogOptions): Promise<OpenAuditLog> {
  const { file, replica = '', clock, log } = options;
  const anchoring = anchors && new Anchoring({ anchors, replica, flush: () => flush(file), clock, log });
  const audit = await openAudit({
    ...options,
    ...(anchoring && { onWritten: (mark) => anchoring.keep(mark) }),
  });
  return {
    write: (entry) => audit.write(entry),
    async close() {
      const end = audit.close();
      await anchoring?.close();
      return end;
    },
  };
}

/** Has all that was written to the log on the disk. Segments that were ended before are there already. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

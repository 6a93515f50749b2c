/**
 * An entry of the audit log on one act. The log adds number, time and seal. `login`: name of the RingCentral login that
 * acted, where there are several.
 */
export type AuditEntry = { login?: string } & Entry;

type Entry =
  | ({ event: 'intent'; act: string } & AuditedAct & AuditedAnswer)
  | {
      event: 'outcome';
      act: string;
      result: string;
      requestId?: string;
      telephonySessionId?: string;
      partyId?: string;
    }
  | ({ event: 'refused'; kind: string; reason?: string } & AuditedAct & AuditedAnswer);

export interface AuditedAct {
  principal: string;
  /** Of a step: `act` of its plan's intent. */
  plan?: string;
  tool: string;
  /** Numbers and words masked. */
  args: Readonly<Record<string, unknown>>;
}

/** How the act was decided, as far as it got. */
export interface AuditedAnswer {
  /** The rule that decided. */
  rule?: string;
  /** Fingerprint of the call as the person was shown it. */
  fingerprint?: string;
  /** The question, masked, and how often it had been put before because the call changed. */
  question?: string;
  round?: number;
  answer?: string;
  answerMs?: number;
  /** The answer came within `READING_MS`, faster than a person reads. */
  hurried?: boolean;
}

/** Of this log, what the guard of one login writes to. */
export const auditOf = (log: Pick<AuditLog, 'write'>, login: string): Pick<AuditLog, 'write'> => ({
  write: (entry) => log.write({ login, ...entry }),
});

/** The log that the guard writes to. `write` throws when the line could not be written. */
export interface AuditLog {
  write(entry: AuditEntry): void;
  /** Closes the log. Returns the last line's seal and the number of lines, which `audit verify --expect` takes. */
  close(): { head: string; count: number };
}

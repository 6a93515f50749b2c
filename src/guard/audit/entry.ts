/** What the audit log tells about one act; the log adds number, time and seal. */
export type AuditEntry =
  | ({ event: 'intent'; act: string } & AuditedAct & AuditedAnswer)
  | { event: 'outcome'; act: string; result: string; requestId?: string; telephonySessionId?: string }
  | ({ event: 'refused'; kind: string; reason?: string } & AuditedAct & AuditedAnswer);

export interface AuditedAct {
  principal: string;
  tool: string;
  /** Numbers and words masked. */
  args: Readonly<Record<string, unknown>>;
}

/** What came before the end, as far as it got. */
export interface AuditedAnswer {
  /** What decided. */
  rule?: string;
  /** Of the call as the person saw it. */
  fingerprint?: string;
  /** What the person was asked, masked, and how often before because the call had changed. */
  question?: string;
  round?: number;
  answer?: string;
  answerMs?: number;
  /** Faster than a person reads. */
  hurried?: boolean;
}

/** Where the guard writes it. Throws when a line could not be written. */
export interface AuditLog {
  write(entry: AuditEntry): void;
  /** The last line's seal and the number of lines: what `audit verify --expect` takes. */
  close(): { head: string; count: number };
}

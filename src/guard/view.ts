/** `ringcentral://guard`: what will be asked, what is granted. Times are ISO. */
export interface GuardView {
  policy: {
    /** A preset's name, or the policy file's. */
    name: string;
    /** SHA-256 of the whole policy in force, hex. */
    hash: string;
    readOnly: boolean;
  };
  /** Tools that act without the question that the policy asks for. */
  allowUnconfirmed: readonly string[];
  /** Who is asked: the person at the host, or the operator on the approvals page. */
  asks: 'host' | 'operator';
  pending: readonly { tool: string; telephonySessionId?: string; askedAt: string; expiresAt: string }[];
  grants: readonly { tool: string; telephonySessionId?: string; expiresAt: string }[];
  /** Why open questions and grants could not be read now; both are empty then. */
  unread?: string;
}

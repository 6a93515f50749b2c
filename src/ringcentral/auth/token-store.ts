/** What RingCentral gives at a login (platform.md 1.5). Durations are in ms, from now. */
export interface LoginTokens {
  accessToken: string;
  expiresInMs: number;
  /** Absent where the app has none. */
  refreshToken?: string;
  refreshExpiresInMs?: number;
  /** App permissions, separated by blanks. */
  scope?: string;
  /** Extension id of the user. */
  ownerId?: string;
  /** How long ago RingCentral ended a login before its time; absent: it has not been seen to. */
  sinceEvictionMs?: number;
}

/** `generation` is never 0, and another one for each pair. */
export interface KeptTokens {
  generation: number;
  tokens: LoginTokens;
}

/** RingCentral's refusal of the login itself, so that the same one is refused again. */
export interface LoginRefusal {
  status: number;
  body: string;
}

/** What `claim` gives. */
export type Claim = KeptTokens | TokenTurn | { refusal: LoginRefusal };

/** How long, in ms, a refusal counts for all who would ask for the same login. */
export const refusalMs = 20_000;

/**
 * Keeps the tokens of one login for all who use it together, so that all have the same session at RingCentral: a user
 * has about five for each app (platform.md 1.6), and only the session that has lost an event feed can recover it.
 */
export interface TokenStore {
  /** Whether others go on with the tokens when whoever stored them ends. */
  readonly isShared: boolean;
  /**
   * The tokens that are kept, where they are others than those of generation `known`; else the turn to ask RingCentral
   * for some, which one has at a time, or what RingCentral has answered just now. Waits while somebody else has the turn.
   * @param known generation of the tokens at hand, which are over or refused; 0 where there are none
   * @throws Failure `unavailable`, and the reason of `signal` once it aborts
   */
  claim(known: number, signal: AbortSignal): Promise<Claim>;
}

/** End it with `keep` or `release`. */
export interface TokenTurn {
  /**
   * Keeps new tokens, and ends the turn.
   * @returns their generation; undefined where others were kept since the turn began
   * @throws Failure `unavailable`
   */
  keep(tokens: LoginTokens): Promise<number | undefined>;
  /** Ends the turn without new tokens; with what RingCentral has answered where it refuses the login. Never rejects. */
  release(refusal?: LoginRefusal): Promise<void>;
}

/** The same tokens, so much later. */
export function afterMs(tokens: LoginTokens, ms: number): LoginTokens {
  const { expiresInMs, refreshExpiresInMs, sinceEvictionMs } = tokens;
  return {
    ...tokens,
    expiresInMs: expiresInMs - ms,
    ...(refreshExpiresInMs !== undefined && { refreshExpiresInMs: refreshExpiresInMs - ms }),
    ...(sinceEvictionMs !== undefined && { sinceEvictionMs: sinceEvictionMs + ms }),
  };
}

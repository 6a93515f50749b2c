import type { Clock } from '../shared/clock.ts';
import type { Logger } from '../shared/log.ts';
import { logFailed } from '../shared/log-failed.ts';
import type { Admission } from './admission.ts';
import type { RingCentralOAuth } from './ringcentral-oauth.ts';
import { UpstreamError } from './upstream-error.ts';
import type { Vault } from './vault.ts';

export interface MembershipCheckOptions {
  vault: Vault;
  ringcentral: Pick<RingCentralOAuth, 'whoIs'>;
  admission: Admission;
  /** Whether it is this process' turn to look a person up, which it then has for `ms`; absent: always. */
  turn?(subject: string, ms: number): Promise<boolean>;
  clock: Clock;
  log: Logger;
}

/** Whom RingCentral has disabled is out within five minutes. */
const everyMs = 4 * 60_000;
/** Whoever has used nothing for so long has nothing open, and is looked at by RingCentral at the next use. */
const recentMs = 10 * 60_000;

/**
 * Looks again and again whether people who use this server may still: whether RingCentral has not disabled them, and
 * this server still lets them in. Whoever may not is signed out.
 * @returns stops that
 */
export function watchMembership(options: MembershipCheckOptions): () => void {
  const { clock, log } = options;
  let stop = () => {};
  const next = () => {
    stop = clock.after(everyMs, async () => {
      await checkRecentPeople(options).catch((error) =>
        logFailed(log, error, 'people could not be looked up'),
      );
      next();
    });
  };
  next();
  return () => stop();
}

async function checkRecentPeople(options: MembershipCheckOptions): Promise<void> {
  const { vault, clock } = options;
  for (const { subject, state, lastUsedAt } of await vault.people()) {
    if (state === 'active' && clock.now() - lastUsedAt <= recentMs) await checkPerson(subject, options);
  }
}

/** What cannot be found out now is found out in the next round. */
async function checkPerson(
  subject: string,
  { vault, ringcentral, admission, turn, log }: MembershipCheckOptions,
): Promise<void> {
  try {
    // Replicas look at moments of their own: half of the time between leaves nobody out for long.
    if (turn && !(await turn(subject, everyMs / 2))) return;
    const token = await vault.accessToken(subject, { unnoticed: true });
    const refusal = await ringcentral.whoIs(token).then(
      (extension) => admission.refusal(extension),
      async (error) => {
        // Another token is had, or the vault finds that the sign-in has ended.
        if (error instanceof UpstreamError && error.kind === 'invalid_grant')
          await vault.accessToken(subject, { refused: token, unnoticed: true });
        else throw error;
      },
    );
    if (refusal === undefined) return;
    log.warn({ subject, refusal }, 'somebody is not let in any more');
    await vault.revoke(subject);
  } catch (error) {
    log.debug({ subject, reason: (error as Error).message }, 'somebody could not be looked up');
  }
}

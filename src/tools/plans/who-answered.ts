import { otherParties, ownParty } from '../../calls/store/own-party.ts';
import type { PartyView, SessionView } from '../../calls/store/views.ts';
import { hasLeft, isRinging } from '../../ringcentral/wire/session.ts';

/**
 * How a consultation stands: `answered` only where the extension that was called has answered at a phone of its own,
 * and nobody else is on the call; `on hold` where they have put you on hold since; `moved on` where they have sent the
 * call on, and it rings; `by another` for whatever else has taken it, because an outside phone to which it was
 * forwarded, a menu or a mobile's voicemail look like an answer.
 */
export type Answer = 'answered' | 'on hold' | 'moved on' | 'by another' | 'voicemail' | 'over';

const mailboxes: ReadonlySet<string> = new Set(['VoiceMail', 'VoiceMailScreening', 'FaxReceive']);

/**
 * How a call that was placed to `extensionId` stands; undefined while it rings. What is known to be old does not count.
 */
export function answerOf(call: SessionView | undefined, extensionId: string | undefined): Answer | undefined {
  if (call === undefined) return undefined;
  const own = ownParty(call);
  if (call.over || (own && hasLeft(own))) return 'over';
  const others = otherParties(call).filter((party) => !hasLeft(party) && !party.stale);
  const takers = others.filter((party) => !isRinging(party));
  const [first, ...more] = takers;
  if (first === undefined) return isMovedOn(call, extensionId) ? 'moved on' : undefined;
  if (takers.every(({ status }) => mailboxes.has(status.code))) return 'voicemail';
  if (more.length > 0 || others.length > 1 || !isThere(first, extensionId)) return 'by another';
  return first.status.code === 'Hold' ? 'on hold' : 'answered';
}

/** Whether this is the extension at a phone of its own: only then the platform names the phone (platform.md 3.2). */
const isThere = ({ status, direction, extensionId, to }: PartyView, called: string | undefined): boolean =>
  (status.code === 'Answered' || status.code === 'Hold') &&
  direction === 'Inbound' &&
  called !== undefined &&
  extensionId === called &&
  to?.deviceId !== undefined;

/** Whether the extension that was called has transferred the call. */
const isMovedOn = (call: SessionView, called: string | undefined): boolean =>
  otherParties(call).some(
    (party) => hasLeft(party) && party.extensionId === called && /Transfer/.test(party.status.reason ?? ''),
  );

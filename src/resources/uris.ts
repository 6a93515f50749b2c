const telephony = 'ringcentral://telephony';

/** The URIs of our resources, which mirror the platform's paths under /restapi/v1.0/account/~ (platform.md 2.1). */
export const uris = {
  sessions: `${telephony}/sessions`,
  session: (telephonySessionId: string) => `${telephony}/sessions/${encodeURIComponent(telephonySessionId)}`,
  party: (telephonySessionId: string, partyId: string) =>
    `${uris.session(telephonySessionId)}/parties/${encodeURIComponent(partyId)}`,
  feed: `${telephony}/feed`,
  guard: 'ringcentral://guard',
  plans: 'ringcentral://plans',
} as const;

/** RFC 6570 templates of the same URIs, for `resources/templates/list`. */
export const templates = {
  session: `${telephony}/sessions/{telephonySessionId}`,
  party: `${telephony}/sessions/{telephonySessionId}/parties/{partyId}`,
} as const;

const known =
  /^ringcentral:\/\/(?:guard|plans|telephony\/feed|telephony\/sessions(?:\/([^/?#]{1,256})(?:\/parties\/([^/?#]{1,256}))?)?)$/;

/** The call, and the party of it, that a URI names; undefined for one that no resource of ours can have. */
export function parseUri(uri: string): { telephonySessionId?: string; partyId?: string } | undefined {
  const match = known.exec(uri);
  if (!match) return undefined;
  const [, session, party] = match;
  return {
    ...(session !== undefined && { telephonySessionId: decode(session) }),
    ...(party !== undefined && { partyId: decode(party) }),
  };
}

/** A variable of a template, percent-decoded. Malformed escapes stay: no id has them, so nothing is found. */
export function decode(variable: string | string[] | undefined): string {
  const text = String(variable ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const telephony = 'ringcentral://telephony';

/** URIs mirror the platform's paths under /restapi/v1.0/account/~. */
export const uris = {
  sessions: `${telephony}/sessions`,
  session: (telephonySessionId: string) => `${telephony}/sessions/${encodeURIComponent(telephonySessionId)}`,
  party: (telephonySessionId: string, partyId: string) =>
    `${uris.session(telephonySessionId)}/parties/${encodeURIComponent(partyId)}`,
  feed: `${telephony}/feed`,
  guard: 'ringcentral://guard',
} as const;

export const templates = {
  session: `${telephony}/sessions/{telephonySessionId}`,
  party: `${telephony}/sessions/{telephonySessionId}/parties/{partyId}`,
} as const;

const known =
  /^ringcentral:\/\/(?:guard|telephony\/feed|telephony\/sessions(?:\/([^/?#]{1,256})(?:\/parties\/([^/?#]{1,256}))?)?)$/;

/** Which call, and which party of it, a URI of ours names; undefined for what can never be one of ours. */
export function parseUri(uri: string): { telephonySessionId?: string; partyId?: string } | undefined {
  const match = known.exec(uri);
  if (!match) return undefined;
  const [, session, party] = match;
  return {
    ...(session !== undefined && { telephonySessionId: decode(session) }),
    ...(party !== undefined && { partyId: decode(party) }),
  };
}

/** Malformed escapes stay as they are: no id looks like that, so nothing is found. */
export function decode(variable: string | string[] | undefined): string {
  const text = String(variable ?? '');
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

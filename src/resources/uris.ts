const telephony = 'ringcentral://telephony';

/** URIs mirror the platform's paths (DESIGN "Resource URIs"). */
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
  /^ringcentral:\/\/(?:guard|telephony\/feed|telephony\/sessions(?:\/[^/?#]{1,256}(?:\/parties\/[^/?#]{1,256})?)?)$/;

/** Whether this can ever be one of ours; whether there is such a call is another question. */
export const isResourceUri = (uri: string): boolean => known.test(uri);

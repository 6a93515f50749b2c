import type { SignedInExtension } from './ringcentral-oauth.ts';

/** The name of a person to whoever trusts this server: account and extension at RingCentral. */
export const subjectOf = ({
  accountId,
  extensionId,
}: Pick<SignedInExtension, 'accountId' | 'extensionId'>): string => `rc:${accountId}:${extensionId}`;

import type { Call, Services } from '../route.ts';

/** Absolute URI of the caller's account, of one of its extensions, or of something under them. */
export function accountUri({ serverUrl }: Pick<Services, 'serverUrl'>, call: Call, under = ''): string {
  return `${serverUrl}/restapi/v1.0/account/${call.actor.accountId}${under}`;
}

export function extensionUri(
  services: Pick<Services, 'serverUrl'>,
  call: Call,
  extensionId: string,
  under = '',
): string {
  return accountUri(services, call, `/extension/${extensionId}${under}`);
}

import type { ApiCall, Services } from '../route.ts';

/** Absolute URI of the caller's account, or of the path `under` it. */
export function accountUri({ serverUrl }: Pick<Services, 'serverUrl'>, call: ApiCall, under = ''): string {
  return `${serverUrl}/restapi/v1.0/account/${call.actor.accountId}${under}`;
}

/** Absolute URI of an extension of the caller's account, or of the path `under` it. */
export function extensionUri(
  services: Pick<Services, 'serverUrl'>,
  call: ApiCall,
  extensionId: string,
  under = '',
): string {
  return accountUri(services, call, `/extension/${extensionId}${under}`);
}

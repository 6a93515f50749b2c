import { Failure } from '../../shared/failure.ts';
import type { LoginIdentity } from '../platform.ts';
import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import { account, type DirectoryEntry, directoryEntry, ownExtension } from '../wire/lookups.ts';
import { readPages } from './pages.ts';
import { accountPath, lookup, ownExtensionPath } from './request.ts';

/** What is read of the account. */
export interface AccountDetails {
  mainNumber?: string;
  /** IANA name. */
  timeZone?: string;
}

/** Reads the account; nothing of it without the right to, and then its number counts as an outside number. */
export async function readAccount(rest: RestClient): Promise<AccountDetails> {
  const request = lookup(accountPath, 'light', 'Read the account');
  try {
    const { body } = await rest.send({ ...request, method: 'GET', acting: false });
    const { mainNumber, regionalSettings } = account.safeParse(body).data ?? {};
    return { mainNumber, timeZone: regionalSettings?.timezone?.name };
  } catch (error) {
    if (isForbidden(error)) return {};
    throw error;
  }
}

/** Reads who is logged in. */
export async function readIdentity(rest: RestClient): Promise<LoginIdentity> {
  const request = lookup(ownExtensionPath, 'light', 'Read who is logged in');
  try {
    const { body } = await rest.send({ ...request, method: 'GET', acting: false });
    const { data } = ownExtension.safeParse(body);
    if (!data) throw unreadable(request.what);
    const { id, extensionNumber = '', name, regionalSettings } = data;
    const timeZone = regionalSettings?.timezone?.name;
    return { accountId: data.account.id, extensionId: id, extensionNumber, name, timeZone };
  } catch (error) {
    if (!isForbidden(error)) throw error;
    // Without the right to read it the token still says whose it is, and whoever asks knows what is theirs.
    const extensionId = await rest.login.ownerId();
    if (extensionId === undefined) throw unreadable(request.what);
    return { accountId: '', extensionId, extensionNumber: '' };
  }
}

/** Reads all extensions of the account with their numbers: a Medium request for each page. */
export function readDirectory(rest: RestClient): Promise<DirectoryEntry[]> {
  const request = lookup(`${accountPath}/directory/entries`, 'medium', 'Read the directory');
  return readPages(rest, { ...request, query: { showFederated: false } }, directoryEntry);
}

const isForbidden = (error: unknown): boolean => error instanceof Failure && error.kind === 'forbidden';

import { ConfigError } from '../config/settings.ts';
import type { SignedInExtension } from './ringcentral-oauth.ts';

/** Who may sign in. */
export interface Admission {
  /**
   * Why this extension is not let in, as a sentence for the person who tried; undefined where it is.
   */
  refusal(extension: SignedInExtension): string | undefined;
}

/** Types of extensions that are people's (platform.md 8.2). The others are phones, queues, menus and mailboxes. */
const people: ReadonlySet<string> = new Set(['User', 'DigitalUser', 'VirtualUser', 'FlexibleUser']);

/**
 * Lets in people of these accounts, or those among them that are named.
 * @param accounts ids, at least one
 * @param named extension ids or extension numbers; absent: all people of the accounts
 * @throws ConfigError for a list that is empty or has an entry that is no number
 */
export function createAdmission({
  accounts,
  named,
}: {
  accounts: readonly string[];
  named?: readonly string[];
}): Admission {
  const letIn = numbersOf(accounts, 'RC_MCP_ACCOUNTS', 'account ids');
  const only = named && numbersOf(named, 'RC_MCP_PEOPLE', 'extension numbers or ids');
  return {
    refusal({ accountId, extensionId, extensionNumber, type, status }) {
      if (!letIn.has(accountId)) return 'Your RingCentral account is not one that this server lets in.';
      if (status !== 'Enabled') return 'Your extension is not enabled at RingCentral.';
      if (!people.has(type))
        return `Only people can sign in, and your extension is of the type ${type || 'unknown'}.`;
      if (only && !only.has(extensionId) && !only.has(extensionNumber))
        return 'Your extension is not one that this server lets in.';
      return undefined;
    },
  };
}

function numbersOf(entries: readonly string[], name: string, what: string): ReadonlySet<string> {
  if (entries.length === 0) throw new ConfigError(`${name} is empty; it lists ${what}.`);
  const wrong = entries.find((entry) => !/^\d{1,19}$/.test(entry));
  if (wrong !== undefined)
    throw new ConfigError(`${name} has "${wrong}"; it lists ${what}, comma separated.`);
  return new Set(entries);
}

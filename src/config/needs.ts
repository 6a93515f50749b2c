import { ConfigError, type Environment, trim } from './settings.ts';

/** What other settings need. */
type Needed = '--http' | '--sign-in' | '--redis' | '--approvals' | '--audit-log';

/** Flags that need another one, as the command line gives them. */
interface NeedingFlags {
  publicUrl?: string;
  state?: string;
  approvalsUrl?: string;
}

/** Settings that do nothing without another one. */
interface Need {
  flag?: [member: keyof NeedingFlags, name: string];
  variables: readonly string[];
  /** One of these is enough. */
  needs: readonly Needed[];
  /** What they are for, to stand after the names of what they need. */
  why: string;
}

const withFile = (name: string): string[] => [name, `${name}_FILE`];

const table: readonly Need[] = [
  {
    flag: ['publicUrl', '--public-url'],
    variables: ['RC_MCP_PUBLIC_URL'],
    needs: ['--http'],
    why: 'it is the URL of what is served over HTTP',
  },
  {
    variables: [...withFile('RC_MCP_KEYS'), 'RC_MCP_OAUTH_ISSUER', 'RC_MCP_OAUTH_AUDIENCE'],
    needs: ['--http'],
    why: 'it says who may come in over HTTP',
  },
  {
    variables: ['RC_MCP_ACCOUNTS', 'RC_MCP_PEOPLE'],
    needs: ['--sign-in'],
    why: 'it says who may sign in',
  },
  {
    flag: ['state', '--state'],
    variables: ['RC_MCP_STATE'],
    needs: ['--sign-in'],
    why: 'its state is kept there',
  },
  {
    variables: [...withFile('RC_MCP_TEAM_KEY'), ...withFile('RC_MCP_TEAM_KEY_PREVIOUS')],
    needs: ['--sign-in', '--redis'],
    why: 'it seals what is kept there',
  },
  {
    variables: ['RC_MCP_REPLICA_URL'],
    needs: ['--redis'],
    why: 'it is where other replicas reach this one',
  },
  {
    flag: ['approvalsUrl', '--approvals-url'],
    variables: ['RC_MCP_APPROVALS_URL'],
    needs: ['--approvals'],
    why: 'it is the URL of that page',
  },
  {
    variables: ['RC_MCP_APPROVALS_PASSCODE_HASH'],
    needs: ['--approvals'],
    why: 'it is of the passcode of that page',
  },
  {
    variables: ['RC_MCP_AUDIT_DAYS'],
    needs: ['--audit-log'],
    why: 'its old segments are removed',
  },
];

/**
 * Throws `ConfigError` for a setting that does nothing beside the others: who gives keys means that nobody else comes in. Two
 * may stand alone: the key of the audit log, which `audit verify` needs, and the name of a replica, which is given to all.
 * @param there what is set of that which others need; falsy where it is not
 */
export function refuseUseless(
  flags: NeedingFlags,
  env: Environment,
  there: Readonly<Record<Needed, unknown>>,
): void {
  for (const { flag: [member, flag] = [], variables, needs, why } of table) {
    if (needs.some((one) => there[one])) continue;
    const isFlagGiven = member !== undefined && flags[member] !== undefined;
    const given = isFlagGiven ? flag : variables.find((name) => trim(env[name] ?? '') !== '');
    if (given)
      throw new ConfigError(`${given} needs ${needs.join(' or ')}: ${why}. Set both, or leave ${given} out.`);
  }
}

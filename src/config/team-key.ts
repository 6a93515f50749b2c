import { type Environment, type Setting, secretSetting } from './settings.ts';

/** The team key and the one before it, as they were set; undefined where there is none. Throws `ConfigError`. */
export function teamKeySettings(env: Environment): { current: Setting; previous?: Setting } | undefined {
  const current = secretSetting(env, 'RC_MCP_TEAM_KEY');
  const previous = secretSetting(env, 'RC_MCP_TEAM_KEY_PREVIOUS');
  return current && { current, ...(previous && { previous }) };
}

import { type Environment, readSecret, type Setting, variable } from './settings.ts';

/** The team key and the one before it, as they were set; undefined where there is none. Throws `ConfigError`. */
export function teamKeySettings(env: Environment): { current: Setting; previous?: Setting } | undefined {
  const current = keyOf(env, 'RC_MCP_TEAM_KEY');
  const previous = keyOf(env, 'RC_MCP_TEAM_KEY_PREVIOUS');
  return current && { current, ...(previous && { previous }) };
}

function keyOf(env: Environment, name: string): Setting | undefined {
  const value = readSecret(env, name);
  const file = variable(env, `${name}_FILE`);
  return value === undefined ? undefined : { value, name: file ? `${name}_FILE (${file})` : name };
}

const isSet = (value = ''): boolean => !/^\s*(|0|false)\s*$/i.test(value);

/** Whether the words of a command line, or the environment, ask for a server over HTTP. */
export const isOverHttp = (words: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  words.some((word) => word.startsWith('--http')) || isSet(env.RC_MCP_HTTP);

/** Whether they ask for one on which people sign in, which on the sandbox is one over HTTP by itself. */
export const hasSignIn = (words: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  words.includes('--sign-in') || isSet(env.RC_MCP_SIGN_IN);

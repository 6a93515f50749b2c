/** Whether the words of a command line, or the environment, ask for a server over HTTP. */
export const isOverHttp = (words: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  words.some((word) => word.startsWith('--http')) || Boolean(env.RC_MCP_HTTP);

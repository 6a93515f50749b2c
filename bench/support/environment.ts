/**
 * The environment of a program that is measured: what Node and npm were told for the bench is left out of it.
 * NODE_EXTRA_CA_CERTS alone doubles how long a Node that does nothing takes.
 */
export const measuredEnvironment = (own: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries({ ...process.env, ...own }).filter(([name]) => !/^(NODE|npm_)/.test(name)),
  ) as Record<string, string>;

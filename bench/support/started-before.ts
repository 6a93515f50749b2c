import { StdioServer } from './stdio-server.ts';

/** What a start keeps for the next one is written within this. */
const cacheMs = 4_000;

/**
 * Starts a server of ours once, so that the next start is one by somebody who has had this build running before.
 * @param use what they have done with it
 */
export async function startedBefore(
  build: string,
  env: Record<string, string>,
  use: (server: StdioServer) => Promise<unknown> = async () => {},
): Promise<void> {
  const server = new StdioServer([build, 'serve'], env);
  await server.open();
  await use(server);
  await new Promise((resolve) => setTimeout(resolve, cacheMs));
  await server.close();
}

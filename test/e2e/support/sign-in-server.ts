import { expect } from 'vitest';
import type { Agent } from './agents.ts';
import { Control } from './control.ts';
import { quietEnvironment, type Running, run } from './process.ts';
import { type SignedIn, signIn } from './signed-in.ts';

export interface SignInServerOptions {
  flags?: string[];
  env?: Record<string, string>;
  /** What is different of the sandbox's account. */
  account?: object;
}

/** A server on the sandbox, on which people sign in. */
export interface SignInServer {
  server: Running;
  /** Of `/mcp`. */
  url: string;
  control: Control;
  /** Agents that end with it. */
  open: Agent[];
  /** `signIn`, with an agent that ends with it. */
  signedIn(...options: Parameters<typeof signIn>): Promise<SignedIn>;
  close(): Promise<void>;
}

export async function startSignInServer({
  flags = [],
  env = {},
  account,
}: SignInServerOptions = {}): Promise<SignInServer> {
  const args = ['serve', '--sandbox', '--sign-in', '--http', '127.0.0.1:0', ...flags];
  const server = run(args, { ...quietEnvironment(), ...env }, { detached: true });
  const url = String((await server.logged('listening')).url);
  const control = new Control(String((await server.logged('sandbox')).controlUrl));
  if (account) await control.patch('/account', account);
  const open: Agent[] = [];
  return {
    ...{ server, url, control, open },
    async signedIn(...options) {
      const made = await signIn(...options);
      open.push(made.agent);
      return made;
    },
    async close() {
      await Promise.all(open.map((agent) => agent.close().catch(() => {})));
      expect(await server.stop()).toBe(0);
    },
  };
}

import type { Agent } from 'node:http';
import { type LoadedOnce, loadOnce } from '../../shared/load-once.ts';
import { isLoopback } from '../../shared/loopback.ts';

/** A proxy on the way to a server. */
export interface Proxy {
  /** Without name and password. */
  address: string;
  /** The environment variable that names it. */
  variable: string;
  agent: Agent;
}

/** @throws Error where the variable holds no address of a proxy that can be used */
type FindProxy = (target: URL) => Promise<Proxy | undefined>;

/** The same as `proxyFor`, for one who sends many requests: the connections to a proxy are kept for the next. */
export function rememberingProxies(): FindProxy {
  const agents = new Map<string, LoadedOnce<Agent>>();
  return (target) =>
    proxyFor(target, (url) => {
      const agent = agents.get(url) ?? loadOnce(() => createAgent(url));
      agents.set(url, agent);
      return agent.load();
    });
}

/**
 * The proxy that the environment names for this address: HTTPS_PROXY (HTTP_PROXY for http), else ALL_PROXY, also in
 * lower case, but for what NO_PROXY lists. Never for loopback. ws counts as http.
 * @throws Error where the variable holds no address of a proxy that can be used
 */
export async function proxyFor(
  target: URL,
  agentFor: (url: string) => Promise<Agent> = createAgent,
): Promise<Proxy | undefined> {
  if (isLoopback(target.hostname)) return undefined;
  const scheme = /^(https|wss):$/.test(target.protocol) ? 'https' : 'http';
  const names = [`${scheme}_proxy`, 'all_proxy'].flatMap((name) => [name, name.toUpperCase()]);
  const variable = names.find((name) => process.env[name]);
  if (variable === undefined) return undefined;
  // Loaded only where such a variable is set.
  const { getProxyForUrl } = await import('proxy-from-env');
  const http = `${scheme}://${target.host}`;
  if (getProxyForUrl(http) === '') return undefined;
  const value = process.env[variable] ?? '';
  const url = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(url) || !/^https?:/.test(url)) {
    throw new Error(`${variable} is not the address of an http or https proxy`);
  }
  return { address: new URL(url).origin, variable, agent: await agentFor(url) };
}

async function createAgent(url: string): Promise<Agent> {
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  return new HttpsProxyAgent(url, { keepAlive: true });
}

/** The status with which the proxy refused `CONNECT`, in words; undefined when it did not. */
export const proxyRefusal = ({ statusCode }: { statusCode: number }): string | undefined =>
  statusCode === 200 ? undefined : `the proxy refuses to connect, HTTP ${statusCode}`;

import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { request } from 'node:https';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { Readable } from 'node:stream';
import { setTimeout } from 'node:timers/promises';

export const proxyNames = ['nginx', 'Caddy'] as const;
export type ProxyName = (typeof proxyNames)[number];

/** Names in the documents' examples. */
export const hosts = { mcp: 'calls.example.com', approvals: 'approvals.example.com' } as const;

const isInstalled = (command: string): boolean =>
  `${process.env.PATH}${delimiter}/usr/sbin`.split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });

/** Why a proxy cannot be started here; in CI it must. */
export const missing = (proxy: ProxyName): string | undefined =>
  process.env.PROXIES_REQUIRED || isInstalled(proxy.toLowerCase()) ? undefined : `${proxy} is not installed`;

export interface RunningProxy {
  /** Sends what is for one of `hosts` through the proxy, and believes its certificate. */
  fetch: typeof fetch;
  stop(): Promise<void>;
}

/** Where the examples' upstreams really are. */
export interface Upstreams {
  mcp: number;
  approvals: number;
}

/** Starts a proxy with the examples of docs/reverse-proxy.md: only ports and certificates are others. */
export async function startProxy(proxy: ProxyName, upstreams: Upstreams): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'proxy-'));
  const examples = blocks().filter((block) => isFor(proxy, block));
  if (examples.length !== 2) throw new Error(`${examples.length} examples for ${proxy}`);
  const example = examples
    .join('\n')
    .replaceAll('127.0.0.1:8800', `127.0.0.1:${upstreams.mcp}`)
    .replaceAll('127.0.0.1:8801', `127.0.0.1:${upstreams.approvals}`);
  return run(proxy, example, folder);
}

/** Starts a proxy with the example of docs/replicas.md before three replicas, which listen on these ports. */
export function startBalancer(proxy: ProxyName, ports: readonly number[]): Promise<RunningProxy> {
  const folder = mkdtempSync(join(tmpdir(), 'balancer-'));
  const beginning = { nginx: 'upstream ', Caddy: `${hosts.mcp} {` }[proxy];
  const example = blocks('docs/replicas.md').find((block) => block.startsWith(beginning));
  if (!example) throw new Error(`no example for ${proxy}`);
  const own = example.replaceAll(/10\.0\.0\.1([123]):8800/g, (_, nth) => `127.0.0.1:${ports[nth - 1]}`);
  return run(proxy, own, folder);
}

async function run(proxy: ProxyName, example: string, folder: string): Promise<RunningProxy> {
  const port = await freePort();
  const certificate = makeCertificate(folder);
  const child = { nginx: startNginx, Caddy: startCaddy }[proxy](folder, example, port, certificate);
  let complaint = '';
  child.stderr?.on('data', (chunk) => {
    complaint += chunk;
  });
  await listening(port, child, () => complaint);
  return {
    fetch: through(port, readFileSync(certificate.file)),
    async stop() {
      const exit = once(child, 'exit');
      child.kill('SIGTERM');
      await exit;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The indented parts of a document, each as it would be pasted into a file. */
export const blocks = (document = 'docs/reverse-proxy.md'): string[] =>
  readFileSync(document, 'utf8')
    .split(/\n(?=\S)/)
    .flatMap((part) => part.match(/(?:^ {4}.*\n|^\n)+/gm) ?? [])
    .map((block) => block.replace(/^ {4}/gm, '').trim())
    .filter((block) => block !== '');

const isFor = (proxy: ProxyName, block: string): boolean =>
  proxy === 'nginx' ? block.startsWith('server {') : /^[\w.]+\.example\.com \{/.test(block);

interface Certificate {
  file: string;
  key: string;
}

function makeCertificate(folder: string): Certificate {
  const file = join(folder, 'certificate.pem');
  const key = join(folder, 'key.pem');
  const names = Object.values(hosts).map((host) => `DNS:${host}`);
  const subject = ['-subj', '/CN=test', '-addext', `subjectAltName=${names.join(',')}`];
  const made = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-days', '1', '-keyout', key, '-out', file];
  execFileSync('openssl', [...made, ...subject], { stdio: 'ignore' });
  return { file, key };
}

function startNginx(folder: string, example: string, port: number, { file, key }: Certificate): ChildProcess {
  const servers = example
    .replaceAll('listen 443', `listen 127.0.0.1:${port}`)
    .replaceAll(/ssl_certificate +\S+;/g, `ssl_certificate ${file};`)
    .replaceAll(/ssl_certificate_key +\S+;/g, `ssl_certificate_key ${key};`);
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    (name) => `${name}_temp_path ${folder}/${name};`,
  );
  const config = `daemon off; master_process off; pid ${folder}/pid; error_log stderr warn;
events {}
http { access_log off; ${temporary.join(' ')}
${servers}
}
`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  return spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, PATH: `${process.env.PATH}${delimiter}/usr/sbin` },
  });
}

function startCaddy(folder: string, example: string, port: number, { file, key }: Certificate): ChildProcess {
  const sites = example.replaceAll(/^([\w.]+\.example\.com \{)$/gm, `$1\n  tls ${file} ${key}`);
  const config = `{\n  admin off\n  auto_https disable_redirects\n  https_port ${port}\n  default_bind 127.0.0.1\n}\n${sites}\n`;
  writeFileSync(join(folder, 'Caddyfile'), config);
  return spawn('caddy', ['run', '--adapter', 'caddyfile', '--config', join(folder, 'Caddyfile')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder },
  });
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function listening(port: number, child: ChildProcess, complaint: () => string): Promise<void> {
  for (;;) {
    if (child.exitCode !== null) throw new Error(`the proxy ended: ${complaint()}`);
    const socket = connect(port, '127.0.0.1');
    const connected = await once(socket, 'connect').then(
      () => true,
      () => false,
    );
    socket.destroy();
    if (connected) return;
    // Without a pause the tries would take the processor from what they wait for.
    await setTimeout(50);
  }
}

const through =
  (port: number, ca: Buffer): typeof fetch =>
  async (input, init) => {
    const wanted = new Request(input, init);
    const { hostname, pathname, search } = new URL(wanted.url);
    const body = wanted.body && Buffer.from(await wanted.arrayBuffer());
    return new Promise((resolve, reject) => {
      const sent = request(
        {
          host: '127.0.0.1',
          port,
          ca,
          servername: hostname,
          method: wanted.method,
          path: `${pathname}${search}`,
          headers: { ...Object.fromEntries(wanted.headers), host: hostname },
          agent: false,
          signal: init?.signal ?? wanted.signal,
        },
        (answer) => {
          const headers = new Headers();
          for (const [name, value] of Object.entries(answer.headers)) headers.set(name, String(value));
          const { statusCode: status = 0 } = answer;
          const hasBody = status !== 204 && status !== 304;
          answer.on('error', () => {});
          if (!hasBody) answer.resume();
          const stream = hasBody ? (Readable.toWeb(answer) as ReadableStream) : null;
          resolve(new Response(stream, { status, headers }));
        },
      );
      sent.on('error', reject);
      sent.end(body ?? undefined);
    });
  };

import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { Clock } from '../../shared/clock.ts';
import { Failure } from '../../shared/failure.ts';
import { readJsonBody, UnreadableBody } from '../../shared/json-body.ts';
import { announce, type Logger } from '../../shared/log.ts';
import { isLoopback } from '../../shared/loopback.ts';
import type { Operator } from '../ports.ts';
import { createLoginRecords, createLogins, type LoginRecords, type Logins } from './logins.ts';
import { type OriginCheckOptions, originRefusal } from './origin-check.ts';
import { css, html, script } from './page.ts';
import { generatePasscode, hashPasscode, isPasscodeHash } from './passcode.ts';
import type { PendingApprovals } from './pending-approvals.ts';
import { createPendingApprovals, operatorAnswers } from './pending-approvals.ts';

export interface ApprovalsOptions {
  host: string;
  /** 0: any free one. */
  port: number;
  /** Any free port where that one is taken; not for a page that others are told the address of. */
  orAnyPort?: boolean;
  /** Origin under which a proxy shows the page; without it nothing that was forwarded is let in. */
  publicUrl?: string;
  /** `scrypt:SALT:KEY`, from `RC_MCP_APPROVALS_PASSCODE_HASH`. */
  passcodeHash?: string;
  /** Where a generated passcode is printed, if that is a terminal: a log would keep it. */
  terminal: { isTTY?: boolean; write(text: string): unknown };
  /** Where there is no terminal, the log gets the generated passcode: for a sandbox, where it protects nothing. */
  logsPasscode?: boolean;
  /** What the replicas of a server have in common of it; absent: this process is the only one. */
  shared?: SharedApprovals;
  clock: Clock;
  log: Logger;
}

/** The questions and logins of all replicas. */
export interface SharedApprovals {
  pending: PendingApprovals;
  logins: LoginRecords;
}

export interface Approvals {
  /** For the guard: asked instead of the host. */
  operator: Operator;
  /** The questions that wait, for other pages that people answer them on. */
  pending: Pick<PendingApprovals, 'questions' | 'answer'>;
  url: string;
  close(): Promise<void>;
}

const STREAMS = 16;
const BODY_BYTES = 4_096;

const headers: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};

const files: Readonly<Record<string, readonly [type: string, text: string]>> = {
  '/': ['text/html; charset=utf-8', html],
  '/page.css': ['text/css; charset=utf-8', css],
  '/page.js': ['text/javascript; charset=utf-8', script],
};

const loginBody = z.object({ passcode: z.string().max(200) });
const answerBody = z.object({ answer: z.enum(operatorAnswers) });

/**
 * The operator's page, on a listener of its own that no MCP credential opens. What logs in is a passcode; what
 * answers is a token in a header, so that no other page can answer in the operator's name. Throws `Failure` when
 * there is no passcode to log in with, or the address is taken.
 */
export async function createApprovals(options: ApprovalsOptions): Promise<Approvals> {
  const { host, port, orAnyPort = false, publicUrl, clock, log, shared } = options;
  const pendingApprovals =
    shared?.pending ??
    createPendingApprovals((err) => log.error({ err }, 'a listener of the approvals page failed'));
  const { passcodeHash, known, logged } = await passcode(options);
  const logins = createLogins(passcodeHash, shared?.logins ?? createLoginRecords(clock), known);
  const streams = new Set<ServerResponse>();
  const server = createServer({ headersTimeout: 10_000, requestTimeout: 20_000 }, (request, response) => {
    serve(request, response, { boundTo: host, publicUrl, pendingApprovals, logins, streams }).catch(
      (error) => {
        const isAway = error instanceof Failure && error.kind === 'unavailable';
        if (!isAway) log.error({ reason: String(error) }, 'approvals page');
        if (response.headersSent) response.end();
        else if (isAway) reply(response, 503, { error: error.message });
        else reply(response, 500);
      },
    );
  });
  await listen(server, port, host).catch((error: NodeJS.ErrnoException) => {
    // A host may start a second server beside the first.
    if (error.code === 'EADDRINUSE' && orAnyPort) return listen(server, 0, host);
    throw new Failure('invalid_input', `--approvals ${host}:${port}: cannot listen there (${error.code}).`);
  });
  const name = host.includes(':') ? `[${host}]` : host;
  const url = `http://${name}:${(server.address() as AddressInfo).port}/`;
  if (!isLoopback(host))
    log.warn({ url }, 'the approvals page can be reached from other machines, without TLS');
  announce(log, 'approvals', {
    url,
    ...(publicUrl && { publicUrl }),
    ...(logged !== undefined && { passcode: logged }),
  });
  return {
    operator: {
      ask: (question, signal) => pendingApprovals.ask(question, signal),
      address: publicUrl ?? url,
    },
    pending: pendingApprovals,
    url,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

interface Passcode {
  passcodeHash: string;
  /** The passcode itself, where it was made here. */
  known?: string;
  /** The same, where it is to be logged. */
  logged?: string;
}

async function passcode({ passcodeHash, terminal, logsPasscode }: ApprovalsOptions): Promise<Passcode> {
  if (passcodeHash !== undefined) {
    if (isPasscodeHash(passcodeHash)) return { passcodeHash };
    throw new Failure('invalid_input', 'RC_MCP_APPROVALS_PASSCODE_HASH is not of the form scrypt:SALT:KEY.');
  }
  if (!terminal.isTTY && !logsPasscode) {
    throw new Failure(
      'invalid_input',
      '--approvals needs RC_MCP_APPROVALS_PASSCODE_HASH: a passcode is made up only where a terminal can show it. ' +
        '`ringcentral-call-control-mcp passcode` makes one.',
    );
  }
  const generated = generatePasscode();
  const made = { passcodeHash: await hashPasscode(generated), known: generated };
  if (!terminal.isTTY) return { ...made, logged: generated };
  terminal.write(`Passcode of the approvals page: ${generated}\n`);
  return made;
}

interface Page extends OriginCheckOptions {
  pendingApprovals: PendingApprovals;
  logins: Logins;
  streams: Set<ServerResponse>;
}

async function serve(request: IncomingMessage, response: ServerResponse, page: Page): Promise<void> {
  const refusal = originRefusal(request, page);
  if (refusal) return reply(response, 403, { error: refusal });
  const { method, url = '/' } = request;
  const file = files[url];
  if (method === 'GET' && file) return reply(response, 200, file[1], file[0]);
  if (method === 'POST' && url === '/login') return logIn(request, response, page);

  const token = /^Bearer (\S+)$/.exec(request.headers.authorization ?? '')?.[1];
  if (!(await page.logins.isOpen(token))) return reply(response, 401, { error: 'Log in first.' });
  if (method === 'GET' && url === '/questions') return stream(response, page, token);
  const [, id] = /^\/questions\/([\w-]{1,64})$/.exec(url) ?? [];
  if (method !== 'POST' || id === undefined) return reply(response, 404);
  const body = answerBody.safeParse(await readJson(request));
  if (!body.success)
    return reply(response, 400, { error: `answer is one of ${operatorAnswers.join(', ')}.` });
  return reply(response, (await page.pendingApprovals.answer(id, body.data.answer)) ? 204 : 404);
}

async function logIn(request: IncomingMessage, response: ServerResponse, { logins }: Page): Promise<void> {
  const body = loginBody.safeParse(await readJson(request));
  if (!body.success) return reply(response, 400, { error: 'passcode is missing.' });
  const login = await logins.open(body.data.passcode, request.socket.remoteAddress ?? '');
  if ('token' in login) return reply(response, 200, login);
  return reply(response, login.refused === 'wrong' ? 401 : 429, { error: login.refused });
}

/** All open questions as one JSON list a line, now and after each change, as long as the login lasts. */
function stream(response: ServerResponse, { pendingApprovals, logins, streams }: Page, token?: string): void {
  if (streams.size >= STREAMS) {
    reply(response, 503, { error: 'Too many pages are open.' });
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': 'application/x-ndjson' });
  // A page that does not read gets the newest list when it does, not all that it missed.
  let missed = false;
  let isWriting = false;
  let hasChanged = false;
  const writeOne = async () => {
    missed = response.writableNeedDrain;
    if (!(await logins.isOpen(token))) return void response.end();
    if (missed) return;
    const questions = await pendingApprovals.questions();
    if (!response.destroyed) response.write(`${JSON.stringify(questions)}\n`);
  };
  const write = async () => {
    hasChanged = true;
    if (isWriting) return;
    isWriting = true;
    while (hasChanged && !response.writableEnded) {
      hasChanged = false;
      // A page whose stream ends asks anew.
      await writeOne().catch(() => response.end());
    }
    isWriting = false;
  };
  const stop = pendingApprovals.onChange(write);
  response.on('drain', () => missed && write());
  streams.add(response);
  response.on('close', () => {
    stop();
    streams.delete(response);
  });
  write();
}

/** Undefined for what is no JSON, no `application/json`, or too long. */
async function readJson(request: IncomingMessage): Promise<unknown> {
  if (!/^application\/json\b/i.test(request.headers['content-type'] ?? '')) return undefined;
  return readJsonBody(request, BODY_BYTES).catch((error) => {
    if (error instanceof UnreadableBody) return undefined;
    throw error;
  });
}

function reply(
  response: ServerResponse,
  status: number,
  body?: object | string,
  type = 'application/json',
): void {
  const text = typeof body === 'object' ? JSON.stringify(body) : body;
  response.writeHead(status, { ...headers, ...(text !== undefined && { 'content-type': type }) });
  response.end(text);
}

async function listen(server: Server, port: number, host: string): Promise<void> {
  server.listen(port, host);
  await once(server, 'listening');
}

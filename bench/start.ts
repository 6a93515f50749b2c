import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { binary } from '../test/e2e/support/process.ts';
import { compare } from './harness/compare.ts';
import type { Subject } from './harness/subject.ts';
import { bundle } from './support/bundle.ts';
import { StdioServer } from './support/stdio-server.ts';

const nothing = 'node -e 0';

/** Credentials that nobody asks for before the first call. */
const env = {
  RC_SERVER_URL: 'http://127.0.0.1:9',
  RC_APP_CLIENT_ID: 'bench',
  RC_APP_CLIENT_SECRET: 'bench',
  RC_USER_JWT: 'three.parts.long',
};

async function startOf(...args: string[]) {
  const begun = performance.now();
  const server = new StdioServer(args, env);
  await server.open();
  const sample = { 'start, ms': performance.now() - begun, 'resident, MiB': server.rss() };
  await server.close();
  return sample;
}

async function startOfNothing() {
  const begun = performance.now();
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit');
  return { 'start, ms': performance.now() - begun };
}

export const subject: Subject = {
  about:
    'From spawning a server on stdio until it has listed its tools, beside a Node that does nothing. The plain server is ' +
    'the MCP SDK v2 with 31 stub tools in one file. Behind `--`: another dist/cli.js, which takes turns with this one.',
  async run({ quick, args: [other] }) {
    const plain = await bundle('sdk-server');
    try {
      const contenders = {
        [nothing]: startOfNothing,
        'plain SDK server': () => startOf(plain.file),
        ours: () => startOf(binary, 'serve'),
        ...(other !== undefined && { 'the other build': () => startOf(other, 'serve') }),
      };
      return [await compare({ title: 'Cold start', reference: nothing, rounds: quick ? 5 : 21, contenders })];
    } finally {
      plain.remove();
    }
  },
};

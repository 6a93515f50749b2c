import {
  InMemoryTransport,
  LATEST_PROTOCOL_VERSION,
  SUPPORTED_PROTOCOL_VERSIONS,
} from '@modelcontextprotocol/server';
import { evaluate } from './evaluate.js';

const lists = ['tools/list', 'prompts/list', 'resources/templates/list'];

/**
 * What servers of this build answer to what hosts ask first (src/transports/stdio/opening-answers.ts), so that a start
 * need not load what answers.
 * @param file a path for the module that makes servers; it is removed again
 */
export async function openingAnswers(file, define) {
  const contents = `
    export { createServer } from './src/server.ts';
    export { local } from './src/transports/identity/principal.ts';`;
  const { createServer, local } = await evaluate(contents, file, define);
  const version = JSON.parse(define['process.env.PACKAGE_VERSION']);
  const asked = async (environment, readOnly) => {
    const app = { environment, readOnly, version, switchboard: nobody };
    const server = createServer(app, { era: 'legacy', lifetime: 'request', principal: local });
    const ask = await connect(server);
    const { protocolVersion: _revision, ...initialize } = await ask('initialize', handshake);
    const answered = {};
    for (const method of lists) answered[method] = await ask(method).catch(whereOffered);
    return { revisions: SUPPORTED_PROTOCOL_VERSIONS, initialize, lists: answered };
  };
  const of = async (readOnly) => {
    const { revisions, initialize: ringcentral, lists } = await asked('ringcentral', readOnly);
    const { initialize: sandbox } = await asked('sandbox', readOnly);
    return { revisions, initialize: { ringcentral, sandbox }, lists };
  };
  return { acting: await of(false), readOnly: await of(true) };
}

/** A kind of which a server has nothing is no method of it. */
const whereOffered = (error) => {
  if (!error.message.endsWith('Method not found')) throw error;
};

const handshake = {
  protocolVersion: LATEST_PROTOCOL_VERSION,
  capabilities: {},
  clientInfo: { name: 'build', version: '1.0.0' },
};

/** Lines of nobody: the handshake and the lists need none. */
const nobody = {
  lineOf() {
    throw new Error('nobody has a line');
  },
};

/** Gives what asks a server. */
async function connect(server) {
  const [client, side] = InMemoryTransport.createLinkedPair();
  await server.connect(side);
  await client.start();
  let ids = 0;
  return (method, params) =>
    new Promise((resolve, reject) => {
      ids += 1;
      client.onmessage = ({ result, error }) =>
        result ? resolve(result) : reject(new Error(`${method}: ${error.message}`));
      client.send({ jsonrpc: '2.0', id: ids, method, ...(params && { params }) }).catch(reject);
    });
}

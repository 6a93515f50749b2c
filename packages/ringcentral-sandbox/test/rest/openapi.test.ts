import { afterAll, beforeAll, expect, test } from 'vitest';
import { OPERATION_NAMES } from '../../src/engine/api.ts';
import { type RunningSandbox, startSandbox } from '../../src/index.ts';

interface Operation {
  operationId: string;
  summary: string;
  parameters: { name: string }[];
  requestBody?: { content: { 'application/json': { schema: { properties: object; required?: string[] } } } };
}
interface OpenApi {
  openapi: string;
  servers: { url: string }[];
  paths: Record<string, Record<string, Operation>>;
}

let sandbox: RunningSandbox;
let document: OpenApi;
beforeAll(async () => {
  sandbox = await startSandbox();
  document = (await (await fetch(`${sandbox.controlUrl}/openapi.json`)).json()) as OpenApi;
});
afterAll(() => sandbox.close());

const operations = () => Object.values(document.paths).flatMap((item) => Object.values(item));

test('the document has each operation once, with the address of this sandbox', () => {
  expect(document.servers).toEqual([{ url: sandbox.serverUrl }]);
  expect(
    operations()
      .map(({ operationId }) => operationId)
      .sort(),
  ).toEqual([...OPERATION_NAMES].sort());
  for (const { summary, parameters } of operations()) {
    expect(summary).toMatch(/\.$/);
    expect(parameters.map(({ name }) => name)).toContain('accountId');
  }
});

test('a body is described as it is judged', () => {
  const answer = operations().find(({ operationId }) => operationId === 'answerCallParty');
  const schema = answer?.requestBody?.content['application/json'].schema;
  expect(schema?.required).toEqual(['deviceId']);
  const unhold = operations().find(({ operationId }) => operationId === 'unholdCallParty');
  expect(unhold).not.toHaveProperty('requestBody');
});

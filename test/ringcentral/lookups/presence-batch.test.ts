import { describe, expect, it } from 'vitest';
import { readPresenceBatch } from '../../../src/ringcentral/lookups/presence-batch.ts';
import type { RestClient } from '../../../src/ringcentral/rest/rest-client.ts';

const one = { extension: { id: 1 }, presenceStatus: 'Busy' };
const two = { extension: { id: 2 }, presenceStatus: 'Available' };
const multipart = [
  '--Boundary_1',
  'Content-Type: application/json',
  '',
  '{"response":[{"status":200},{"status":200}]}',
  '--Boundary_1',
  'Content-Type: application/json',
  '',
  JSON.stringify(one),
  '--Boundary_1',
  'Content-Type: application/json',
  '',
  JSON.stringify(two),
  '--Boundary_1--',
].join('\r\n');

/** No recording of a batch answer is public, so every shape that the platform uses for batches is read. */
describe('presence of several extensions', () => {
  it.each([
    ['an array', [one, two], ''],
    [
      'an array of answers',
      [
        { status: 200, body: one },
        { status: 200, body: two },
      ],
      '',
    ],
    ['a list', { records: [one, two] }, ''],
    ['multipart', undefined, multipart],
  ])('reads %s', async (_, body, text) => {
    const rest = { send: async () => ({ body, text }) } as unknown as RestClient;
    const read = await readPresenceBatch(rest, ['1', '2'], { detailed: false });
    expect(read.map(({ extensionId, presenceStatus }) => [extensionId, presenceStatus])).toEqual([
      ['1', 'Busy'],
      ['2', 'Available'],
    ]);
  });
});

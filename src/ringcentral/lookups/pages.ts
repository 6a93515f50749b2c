import type { z } from 'zod';
import { unreadable } from '../rest/errors.ts';
import type { RestClient } from '../rest/rest-client.ts';
import type { RestRequest } from '../rest/rest-request.ts';
import { page } from '../wire/lookups.ts';

/** The longest list that is read, so that a huge account cannot use up the rate limit or the memory. */
const maxPages = 20;
const perPage = 1000;

/** All records of a look-up, page after page; a record that cannot be read is left out (platform.md 8). */
export async function readPages<T extends z.ZodType>(
  rest: RestClient,
  request: Omit<RestRequest, 'method' | 'acting'>,
  record: T,
): Promise<z.output<T>[]> {
  const records: z.output<T>[] = [];
  for (let number = 1; number <= maxPages; number += 1) {
    const query = { ...request.query, page: number, perPage };
    const { body } = await rest.send({ ...request, method: 'GET', acting: false, query });
    const read = page.safeParse(body);
    if (!read.success) throw unreadable(request.what);
    for (const item of read.data.records) {
      const parsed = record.safeParse(item);
      if (parsed.success) records.push(parsed.data);
    }
    const { paging, navigation } = read.data;
    // Totals may be missing; then the link to a next page tells.
    const more = paging?.totalPages === undefined ? navigation?.nextPage?.uri : number < paging.totalPages;
    if (!more) break;
  }
  return records;
}

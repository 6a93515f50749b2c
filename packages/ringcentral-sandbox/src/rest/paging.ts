import { apiErrors } from './errors.ts';
import type { ApiReply } from './exchange.ts';
import { ok } from './route.ts';

const PER_PAGE_DEFAULT = 100;
const PER_PAGE_MAX = 1000;

/**
 * The page of a list that `page` and `perPage` of the query ask for (platform.md 8): the first with 100 records by
 * default, with 1000 at most.
 *
 * @param uri of the list, which the links of the page lead to
 * @throws ApiError CMN-101 for a `page` or `perPage` that is no whole number from 1
 */
export function pageOf(records: readonly unknown[], uri: string, query: URLSearchParams): ApiReply {
  const page = positive(query, 'page') ?? 1;
  const perPage = Math.min(positive(query, 'perPage') ?? PER_PAGE_DEFAULT, PER_PAGE_MAX);
  const totalElements = records.length;
  const totalPages = Math.max(1, Math.ceil(totalElements / perPage));
  const start = (page - 1) * perPage;
  const shown = records.slice(start, start + perPage);
  const link = (target: number) => {
    const parameters = new URLSearchParams(query);
    parameters.set('page', String(target));
    parameters.set('perPage', String(perPage));
    return { uri: `${uri}?${parameters}` };
  };
  return ok({
    uri: link(page).uri,
    records: shown,
    paging: {
      page,
      perPage,
      totalPages,
      totalElements,
      // The platform leaves them out of an empty page.
      ...(shown.length > 0 ? { pageStart: start, pageEnd: start + shown.length - 1 } : {}),
    },
    navigation: {
      firstPage: link(1),
      ...(page > 1 && page <= totalPages ? { previousPage: link(page - 1) } : {}),
      ...(page < totalPages ? { nextPage: link(page + 1) } : {}),
      lastPage: link(totalPages),
    },
  });
}

function positive(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw apiErrors.invalidParameter(name);
  return value;
}

/** Values of a parameter that may be repeated or comma separated. */
export function listParameter(query: URLSearchParams, name: string): string[] {
  return query
    .getAll(name)
    .flatMap((value) => value.split(','))
    .filter((value) => value !== '');
}

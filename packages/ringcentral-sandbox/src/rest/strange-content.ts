import type { HttpFault } from '../control/fault-kinds.ts';
import type { ApiReply } from './exchange.ts';

const bracketCount = 100_000;
const hugeBytes = 32 * 1024 * 1024;

/** What a fault sends in the place of `body`. */
export function strangeContent(
  answers: NonNullable<HttpFault['answers']>,
  body: unknown,
): Pick<ApiReply, 'html' | 'text'> {
  const json = JSON.stringify(body ?? {});
  switch (answers) {
    case 'page':
      return { html: '<html><body>Please sign in to the network.</body></html>' };
    case 'half':
      return { text: json.slice(0, Math.ceil(json.length / 2)) };
    case 'other':
      return { text: '[null,{"__proto__":{"records":1}},"constructor",1e999]' };
    case 'deep':
      return { text: '['.repeat(bracketCount) + ']'.repeat(bracketCount) };
    case 'huge':
      return { text: JSON.stringify({ records: 'x'.repeat(hugeBytes) }) };
  }
}

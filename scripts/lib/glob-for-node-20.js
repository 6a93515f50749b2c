// The conformance suite is made for Node 22 and imports fs.globSync, which Node 20 has not. Only its `sdk` command
// calls it, and we do not: an import of nothing will do. A preload cannot help, because the import fails before it runs.
import { register } from 'node:module';

const hooks = `
export async function load(url, context, next) {
  const loaded = await next(url, context);
  if (!url.includes('/@modelcontextprotocol/conformance/')) return loaded;
  const source = String(loaded.source);
  const [clause, name] = /globSync as (\\w+),/.exec(source) ?? [];
  return clause ? { ...loaded, source: source.replace(clause, '') + ';var ' + name + ';' } : loaded;
}
`;
register(`data:text/javascript,${encodeURIComponent(hooks)}`);

import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ensureBuilt } from './ensure.js';

/**
 * Vitest runs this before any test: what spawns the server, or weighs it, looks at dist, which is then the sources'. The
 * compiled code of those servers is kept in a folder that goes with the tests.
 */
export default function beforeTests() {
  ensureBuilt();
  const folder = mkdtempSync(join(tmpdir(), 'rc-mcp-code-'));
  process.env.RC_MCP_CODE_CACHE ??= folder;
  return () => rmSync(folder, { recursive: true, force: true });
}

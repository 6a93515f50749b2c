#!/usr/bin/env node
// The command: loads the chunks of the bundle, whose compiled code it keeps between starts.

import { Chunks } from './launch/chunks.ts';
import { type CodeCache, codeCache } from './launch/code-cache.ts';

/** How long after the start the compiled code is kept, in ms: the first answers go first. */
const keepAfterMs = 2_000;

const cache = codeCache(process.env);
const chunks = new Chunks(__dirname, cache?.read() ?? new Map());
chunks.require(process.env.MAIN_CHUNK ?? '');
if (cache) setTimeout(() => void keep(cache), keepAfterMs).unref();

async function keep(cache: CodeCache): Promise<void> {
  try {
    if (chunks.compiled > 0) await cache.write(await chunks.compiledCode());
  } catch {
    // The next start compiles as this one did.
  }
  chunks.forget();
}

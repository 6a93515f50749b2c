#!/usr/bin/env node
// The command: loads the chunks of the bundle, whose compiled code it keeps between starts.

import { Chunks } from './launch/chunks.ts';
import { type CodeCache, codeCache } from './launch/code-cache.ts';
import { isTuned, OneHostFlags } from './launch/one-host-flags.ts';
import { hasSignIn, isOverHttp } from './launch/over-http.ts';

/** In ms: so long after chunks were compiled their code is kept, with that of functions which have run by then. */
const keepAfterMs = 2_000;

launch(codeCache(process.env, __dirname));

function launch(cache: CodeCache | undefined): void {
  const words = process.argv.slice(2);
  const [command = 'serve'] = words;
  const isServer = command === 'serve' || command.startsWith('-');
  // Over HTTP, as the sandbox is too, there are many callers, who get a tenth more done with more room.
  const isForMany = isOverHttp(words, process.env) || hasSignIn(words, process.env);
  const isForOneHost = isServer && !isForMany && !isTuned(process);
  const whileLoading = isForOneHost ? new OneHostFlags().whileLoading : <T>(load: () => T) => load();
  let keeping: NodeJS.Timeout | undefined;
  const chunks = new Chunks({
    folder: __dirname,
    readCode: (file) => cache?.read(file),
    whileLoading,
    onCompiled() {
      if (cache)
        keeping = keeping?.refresh() ?? setTimeout(() => void keep(cache, chunks), keepAfterMs).unref();
    },
  });
  chunks.require(process.env.MAIN_CHUNK ?? '');
}

async function keep(cache: CodeCache, chunks: Chunks): Promise<void> {
  try {
    await cache.write(await chunks.takeCompiled());
  } catch {
    // The next start compiles as this one did.
  }
}

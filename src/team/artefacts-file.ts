import { z } from 'zod';
import { ConfigError } from '../config/settings.ts';
import type { Logger } from '../shared/log.ts';
import type { ArtefactsJournal, KeptArtefact } from './artefacts.ts';
import type { Sealer } from './seal.ts';
import type { StateDirectory } from './state-directory.ts';

const context = { owner: 'authorization server', purpose: 'apps and permissions', generation: 1 };

/**
 * Keeps in a state directory what apps need to go on after a restart, all of it sealed: refresh tokens are among it.
 * @throws ConfigError as `StateDirectory.open`, and for content that was changed
 */
export async function openArtefactsJournal(
  directory: StateDirectory,
  sealer: Sealer,
  log: Logger,
): Promise<ArtefactsJournal> {
  const document = await directory.open('apps', z.string());
  const kept = document.content === undefined ? [] : opened(document.content, sealer);
  if (document.content !== undefined) await document.write(sealer.rewrap(document.content, context));
  let last: Promise<void> = Promise.resolve();
  let next: Promise<void> | undefined;
  return {
    kept,
    save(list) {
      // Whoever comes while one is written waits for the next, which has what all of them have changed.
      next ??= last.then(async () => {
        next = undefined;
        await document
          .write(sealer.seal(JSON.stringify(list()), context))
          .catch((error: NodeJS.ErrnoException) =>
            log.error(
              { reason: error.code ?? error.message },
              'apps cannot be stored: a restart loses changes',
            ),
          );
      });
      last = next;
      return next;
    },
    async close() {
      await last;
    },
  };
}

function opened(sealed: string, sealer: Sealer): KeptArtefact[] {
  try {
    return JSON.parse(sealer.open(sealed, context)) as KeptArtefact[];
  } catch {
    throw new ConfigError(
      'apps.json in the state directory is damaged: move it away, and apps are connected anew.',
    );
  }
}

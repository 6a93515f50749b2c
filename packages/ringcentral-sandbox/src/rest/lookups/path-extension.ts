import type { Extension } from '../../engine/world.ts';
import { apiErrors } from '../errors.ts';
import { type ApiCall, pathParameter, type Services } from '../route.ts';

/** The extension that `{extensionId}` of the path names. Throws CMN-102 if there is none. */
export function extensionOf(call: ApiCall, { engine }: Services): Extension {
  const extension = engine.world.extensions.get(pathParameter(call, 'extensionId'));
  if (!extension) throw apiErrors.notFound('extensionId');
  return extension;
}

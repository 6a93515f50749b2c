import type { Extension, World } from '../engine/world.ts';
import { ControlError } from './route.ts';

/**
 * The ids of extensions that are named by number.
 *
 * @throws ControlError 400 for a number that is there twice, 404 for an unknown one
 */
export function memberIds(world: World, numbers: readonly string[]): string[] {
  const twice = numbers.find((number, index) => numbers.indexOf(number) !== index);
  if (twice !== undefined) throw new ControlError(400, `${twice} is named twice`);
  return numbers.map((number) => extensionByNumber(world, number).id);
}

/** Throws ControlError 404 for an unknown number. */
export function extensionByNumber(world: World, number: string): Extension {
  for (const extension of world.extensions.values())
    if (extension.extensionNumber === number) return extension;
  throw new ControlError(404, `There is no extension ${number}`);
}

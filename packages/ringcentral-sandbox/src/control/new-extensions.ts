import { z } from 'zod';
import type { Extension, World } from '../engine/world.ts';
import { addDevice, addExtension, app, deskPhone, service, user } from '../engine/world-builders.ts';
import type { ApiReply } from '../rest/exchange.ts';
import { memberIds } from './extension-numbers.ts';
import {
  ControlError,
  type ControlParts,
  type ControlRequest,
  type ControlRoute,
  validate,
} from './route.ts';

/** Adds extensions to the account, until a reset. */
export const extensionRoutes: readonly ControlRoute[] = [
  { method: 'POST', path: '/extensions', handle: createExtension },
];

/** An account with this many extensions takes no more. */
const MOST_EXTENSIONS = 20_000;
const name = z.string().min(1).max(100);
const extensionNumber = z.string().regex(/^\d{3,6}$/, 'three to six digits are expected');
const schema = z.discriminatedUnion('type', [
  z.strictObject({
    type: z.literal('User'),
    extensionNumber,
    firstName: name.default('New'),
    lastName: name.default('User'),
    phones: z
      .array(z.enum(['desk', 'app']))
      .max(2)
      .default(['desk']),
  }),
  z.strictObject({
    type: z.literal('PagingOnly'),
    extensionNumber,
    name: name.default('Paging'),
    /** Extension numbers. */
    members: z.array(z.string()).max(1000).default([]),
  }),
]);

/** Adds a user, whose number may also be one that looks like another (112), or a paging group. */
function createExtension({ body }: ControlRequest, { engine }: ControlParts): ApiReply {
  const { world } = engine;
  const wanted = validate(schema, body);
  const number = wanted.extensionNumber;
  if (world.dialPlan.has(number)) throw new ControlError(400, `extensionNumber: there is ${number} already`);
  if (world.extensions.size >= MOST_EXTENSIONS) throw new ControlError(400, 'There are too many extensions');
  const id = `3745${number.padStart(6, '0')}`;
  if (wanted.type === 'PagingOnly') {
    const members = memberIds(world, wanted.members);
    addExtension(world, service(id, number, wanted.name, 'PagingOnly'));
    world.pagingGroups.set(id, { extensionId: id, members });
  } else {
    addExtension(world, withFreeNumber(world, user(id, number, wanted.firstName, wanted.lastName)));
    for (const phone of new Set(wanted.phones)) {
      if (phone === 'desk')
        addDevice(world, deskPhone(`60${number}001`, id, `${wanted.firstName}'s desk phone`));
      else addDevice(world, app(`60${number}003`, id, `${wanted.firstName}'s app`));
    }
  }
  return { status: 201, body: world.extensions.get(id) };
}

/** Without its direct number where that is taken, or the extension number has not three digits. */
function withFreeNumber(world: World, extension: Extension): Extension {
  const { directNumber, ...rest } = extension;
  const usable = extension.extensionNumber.length === 3 && !world.dialPlan.has(directNumber ?? '');
  return usable ? extension : rest;
}

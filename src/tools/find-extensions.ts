import { z } from 'zod';
import type { Platform } from '../ringcentral/platform.ts';
import type { Presence } from '../ringcentral/wire/event.ts';
import type { Extension } from '../ringcentral/wire/lookups.ts';
import { Failure } from '../shared/failure.ts';
import { clean, quoted } from '../shared/untrusted.ts';
import { adviseChoices } from './runtime/advise.ts';
import { defineTool } from './runtime/define-tool.ts';
import { extensionChoices } from './runtime/extension-choices.ts';
import { words } from './runtime/parameters.ts';
import { next, objects } from './runtime/result.ts';

/** As many as one presence request takes (platform.md 8.7). */
const limit = 30;

export const findExtensions = defineTool({
  name: 'find_extensions',
  title: 'Find people and queues',
  description:
    'Find users, queues and park locations of the company by name, extension or direct number, with ids and, for ' +
    'users, whether they are free now. Use before transfer_call_party, forward_call_party or a consultation. For ' +
    `agents to listen to use list_monitored_extensions. Shows at most ${limit}.`,
  input: {
    search: () => words('Part of a name, or a number, e.g. 102', 100).optional(),
    type: () => words('e.g. User, Department (queue), ParkLocation', 40).optional(),
  },
  output: { extensions: objects, total: () => z.number(), next },
  risk: 'read',
  idempotent: true,
  async run({ search, type }, context) {
    const { platform } = context.line;
    const all = await platform.findExtensions(search);
    const found =
      type === undefined ? all : all.filter((one) => one.type?.toLowerCase() === type.toLowerCase());
    const shown = found.slice(0, limit);
    const availability = await availabilityOf(shown, platform);
    const extensions = shown.map(({ name, ...extension }) => ({
      ...extension,
      ...(name !== undefined && { name: clean(name) }),
      ...availability.get(extension.id),
    }));
    const lines = extensions.map(
      (one) =>
        `${one.extensionNumber ?? '-'} ${one.name ?? ''} (${one.type}), id ${one.id}` +
        `${one.presenceStatus ? `, ${one.presenceStatus}/${one.telephonyStatus ?? 'unknown'}` : ''}`,
    );
    return {
      text:
        found.length === 0
          ? nobodyFound(search, type, all)
          : [...lines, found.length > limit && `${found.length - limit} more: search more narrowly.`]
              .filter(Boolean)
              .join('\n'),
      data: { extensions, total: found.length },
      next: adviseChoices(await extensionChoices(shown, context), context),
    };
  },
});

/** Why nobody was found, and what to try. `all`: whom `search` found, of any type. */
function nobodyFound(
  search: string | undefined,
  type: string | undefined,
  all: readonly Extension[],
): string {
  const types = [...new Set(all.flatMap((one) => one.type ?? []))];
  if (type !== undefined && types.length > 0) {
    const whose = search === undefined ? 'Types here' : 'Types of those who fit otherwise';
    return `Nobody of the type ${quoted(type)}. ${whose}: ${types.join(', ')}.`;
  }
  return search === undefined
    ? 'RingCentral lists no extensions.'
    : 'Nobody found. Try a shorter part of the name, or leave search out.';
}

/**
 * Availability of the users among `extensions`, by extension id; empty where presence cannot be read, for which the app
 * may lack the permission (platform.md 1.8).
 */
async function availabilityOf(
  extensions: readonly Extension[],
  platform: Platform,
): Promise<Map<string, Partial<Presence>>> {
  const users = extensions.filter(({ type }) => type === 'User').map(({ id }) => id);
  if (users.length === 0) return new Map();
  try {
    const presences = await platform.readAvailability(users);
    return new Map(
      presences.map(({ extensionId, presenceStatus, telephonyStatus, dndStatus }) => [
        extensionId ?? '',
        { presenceStatus, telephonyStatus, dndStatus },
      ]),
    );
  } catch (error) {
    if (error instanceof Failure) return new Map();
    throw error;
  }
}

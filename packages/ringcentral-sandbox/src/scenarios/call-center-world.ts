import { defaultWorld } from '../engine/default-world.ts';
import type { World } from '../engine/world.ts';
import { addDevice, addExtension, deskPhone, user } from '../engine/world-builders.ts';

const FIRST_NAMES = [
  'Ana',
  'Bela',
  'Cem',
  'Dora',
  'Emil',
  'Fay',
  'Gil',
  'Hana',
  'Ivo',
  'June',
  'Kai',
  'Lena',
];
const LAST_NAMES = [
  'Adler',
  'Banks',
  'Costa',
  'Dietz',
  'Evans',
  'Fuchs',
  'Garcia',
  'Hoff',
  'Ito',
  'Jonas',
  'Kim',
];

/** One agent per call, and some who are free to take the next one. */
export function agentsFor(calls: number): number {
  return calls + Math.max(10, Math.ceil(calls / 20));
}

/** Extension number of agent `n`, counted from 0. */
export function agentNumber(n: number): string {
  return String(1001 + n);
}

/** The default world, and agents with a desk phone each. */
export function callCenterWorld(agents: number): World {
  const world = defaultWorld();
  for (let n = 0; n < agents; n++) {
    const id = String(38_000_001 + n);
    const first = FIRST_NAMES[n % FIRST_NAMES.length] ?? '';
    const last = LAST_NAMES[n % LAST_NAMES.length] ?? '';
    const agent = user(id, agentNumber(n), first, `${last} ${agentNumber(n)}`);
    addExtension(world, { ...agent, directNumber: `+1205${6_000_000 + n}` });
    addDevice(world, deskPhone(String(61_000_001 + n), id, `${first}'s desk phone`));
  }
  return world;
}

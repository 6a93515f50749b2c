import type { Caller } from '../engine/api.ts';
import { defaultWorld } from '../engine/default-world.ts';
import type { World } from '../engine/world.ts';
import { addDevice, addExtension, deskPhone, user } from '../engine/world-builders.ts';

interface Member {
  readonly extensionNumber: string;
  /** Who calls this user and whom they call; nobody else does. */
  readonly customers: readonly [string, string, string, string];
}

/** The users of the default world, and four more. */
export const TEAM: readonly Member[] = [
  { extensionNumber: '101', customers: ['Ada Park', 'Ben Ortiz', 'Chloe Meyer', 'Dev Patel'] },
  { extensionNumber: '102', customers: ['Elif Kaya', 'Farid Aziz', 'Gina Rossi', 'Hugo Lind'] },
  { extensionNumber: '103', customers: ['Ines Vidal', 'Jonas Berg', 'Kira Novak', 'Liam Walsh'] },
  { extensionNumber: '104', customers: ['Mona Saleh', 'Noel Dubois', 'Oona Virta', 'Pavel Horak'] },
  { extensionNumber: '105', customers: ['Quinn Doyle', 'Rosa Mendez', 'Sven Holm', 'Tara Singh'] },
  { extensionNumber: '106', customers: ['Uma Krishnan', 'Viktor Petrov', 'Wanda Zielinska', 'Xavier Roche'] },
  { extensionNumber: '107', customers: ['Yara Haddad', 'Zoltan Nagy', 'Amir Rahimi', 'Bianca Conti'] },
  { extensionNumber: '108', customers: ['Cyrus Lam', 'Delia Popescu', 'Enzo Ferrari', 'Freya Dahl'] },
];

const NEW_USERS = [
  { id: '37439514', extensionNumber: '105', firstName: 'Erin', lastName: 'Evans' },
  { id: '37439515', extensionNumber: '106', firstName: 'Frank', lastName: 'Ford' },
  { id: '37439516', extensionNumber: '107', firstName: 'Grace', lastName: 'Green' },
  { id: '37439517', extensionNumber: '108', firstName: 'Henry', lastName: 'Hill' },
];

/** The default world with eight users, each of whom has a desk phone. */
export function teamWorld(): World {
  const world = defaultWorld();
  const dan = world.dialPlan.get('104');
  // In the default world 104 has only the app.
  if (dan !== undefined) addDevice(world, deskPhone('60104002', dan, "Dan's desk phone"));
  for (const { id, extensionNumber, firstName, lastName } of NEW_USERS) {
    addExtension(world, user(id, extensionNumber, firstName, lastName));
    addDevice(world, deskPhone(`60${extensionNumber}001`, id, `${firstName}'s desk phone`));
  }
  return world;
}

/** The outsiders with whom that user deals, each with a number of their own. */
export function customersOf(extensionNumber: string): (Caller & { phoneNumber: string })[] {
  const row = TEAM.findIndex((member) => member.extensionNumber === extensionNumber);
  return (TEAM[row]?.customers ?? []).map((name, column) => ({
    phoneNumber: `+1415555${2000 + row * 10 + column}`,
    name,
  }));
}

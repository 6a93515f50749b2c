import type { TrueCall, TrueParty, Truth } from '../control.ts';
import { ada, eve, isLive, zoe } from './scene.ts';

const outsiders = [ada, eve, zoe];

/** Who is where by the sandbox's truth, in words: `Ada talks with Alice. Bob is on no call.` */
export function placesOf({ calls, extensions }: Truth): string {
  const inside = new Map(extensions.map(({ id, name }) => [String(id), name.split(' ')[0] ?? name]));
  const nameOf = (party: TrueParty): string =>
    inside.get(String(party.extensionId)) ??
    outsiders.find(({ phoneNumber }) => phoneNumber === farEnd(party)?.phoneNumber)?.name ??
    farEnd(party)?.phoneNumber ??
    'somebody';
  const live = calls.filter(({ parties }) => parties.some(isLive));
  const told = new Set<string>();
  const sentences = live.flatMap((call) => {
    const people = call.parties.filter((party) => isLive(party) && !isConferenceLeg(party));
    for (const party of people) told.add(nameOf(party));
    if (people.length === 0) return [];
    const words = people.map((party) => `${nameOf(party)} ${stateOf(party)}`).sort();
    return [`${isInConference(call) ? 'in the conference: ' : ''}${words.join(', ')}`];
  });
  const gone = outsiders
    .filter(({ phoneNumber, name }) => !told.has(name) && calls.some((call) => isOf(call, phoneNumber)))
    .map(({ name }) => `${name} is gone`);
  return [...sentences.sort(), ...gone].map((words) => `${words}.`).join(' ');
}

const farEnd = ({ direction, from, to }: TrueParty) => (direction === 'Outbound' ? from : to);
const isConferenceLeg = (party: TrueParty) =>
  party.conferenceRole === 'Participant' || farEnd(party)?.phoneNumber === 'conference';
const isOf = ({ parties }: TrueCall, phoneNumber: string) =>
  parties.some((party) => farEnd(party)?.phoneNumber === phoneNumber);
const isInConference = ({ origin, parties }: TrueCall) =>
  origin.type === 'Conference' || parties.some(({ status }) => status.reason === 'Conference');

const stateOf = ({ status, muted }: TrueParty): string =>
  `${words[status.code] ?? status.code}${muted ? ', muted' : ''}`;
const words: Readonly<Record<string, string>> = {
  Answered: 'talks',
  Hold: 'has it on hold',
  Proceeding: 'rings',
  Setup: 'is being called',
  VoiceMail: 'has the voicemail take it',
};

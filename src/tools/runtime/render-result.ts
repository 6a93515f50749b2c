import type { Line } from '../../app/line.ts';
import { isOwn, ownParty, ringsElsewhere } from '../../calls/store/own-party.ts';
import { parkedParty } from '../../calls/store/parked-party.ts';
import type { CallOutline, PartyView, SessionView } from '../../calls/store/views.ts';
import type { ResolvedTarget } from '../../guard/assessment/targets/target.ts';
import { isTalkedOn } from '../../presentation/call-place.ts';
import { whoHearsWhom } from '../../presentation/conference-size.ts';
import { flippedTo } from '../../presentation/flips.ts';
import { formatCallLine, formatParty } from '../../presentation/format.ts';
import { howLong } from '../../presentation/how-long.ts';
import { areHolding, stateInShort } from '../../presentation/party-states.ts';
import { nameOf, otherSideOf } from '../../presentation/person-names.ts';
import { presentParty, presentSession } from '../../presentation/views.ts';
import type { OperationAnswer } from '../../ringcentral/platform.ts';
import {
  type CallParty,
  hasLeft,
  isInbound,
  isRinging,
  type Recording,
} from '../../ringcentral/wire/session.ts';
import type { ActionTool } from './action-tool.ts';
import { advise } from './advise.ts';
import { awaitEffect } from './await-effect.ts';
import type { ToolContext } from './context.ts';
import { type ActionSubject, formatTrouble, isOnYou, refOf } from './find-call.ts';
import type { ToolResult } from './result.ts';

/**
 * The result of an act that the platform has taken: waits for its effect (`awaitEffect`), then tells the outcome, the
 * call and party as they are now, and which tools make sense next.
 */
export async function renderResult(
  tool: ActionTool,
  args: Record<string, unknown>,
  answer: OperationAnswer,
  subject: ActionSubject,
  context: ToolContext,
  targets: readonly ResolvedTarget[] = [],
): Promise<ToolResult> {
  const telephonySessionId = answer.session?.id ?? subject.call?.id;
  const partyId = answer.party?.id ?? subject.party?.id;
  const other = subject.other && refOf(subject.other);
  const watched = {
    ...(telephonySessionId && { telephonySessionId }),
    ...(partyId && { partyId }),
    ...(other && { other }),
  };
  const { line } = context;
  if (tool.joins && answer.party?.conferenceRole === 'Participant' && subject.call && other) {
    await line.callLog.bringIn({ telephonySessionId: subject.call.id, partyId: answer.party.id }, other);
  }
  const effect = await awaitEffect(tool, args, answer, watched, line);
  const { outcome, call, party, isPast, trouble } = effect;
  const now = line.clock.now();
  const shown = withRecording(party ?? answer.party, answer.recording);
  // After a flip your party is another one; who was dropped is no longer of interest.
  const isAboutYou = tool.party === 'own' || (shown !== undefined && hasLeft(shown));
  const about = isAboutYou ? (ownParty(call) ?? shown) : shown;
  const parked = parkedParty(call);
  const used = { tool: tool.name, args, isPending: outcome === 'accepted' };
  const joined = other?.telephonySessionId;
  const next = advise({ call, party: parked ?? about, used, joined }, context);
  const said =
    outcome === 'observed'
      ? capitalized(
          typeof tool.done === 'function' ? tool.done(args, isOnYou(subject), effect) : tool.done,
          { ...subject, call: subject.call ?? call },
          { all: whoHearsWhom(call, now), target: targets[0] },
        )
      : [
          `Accepted: RingCentral took the request, but nothing shows yet that ${withNames(awaitedBy(tool, args), subject)}.`,
          soFar(call, party, now),
          formatTrouble(trouble),
        ]
          .filter(Boolean)
          .join(' ');
  return {
    text: [
      said,
      formatNewParty(subject, call),
      formatOtherTalks(call, subject.other?.call, line.calls),
      isPast && 'That has changed since; now:',
      telephonySessionId && `Call ${call ? formatCallLine(call, now, shown?.id) : telephonySessionId}.`,
      !call && shown && `${formatParty(shown)}.`,
      answer.recording && `Recording ${answer.recording.id}.`,
    ]
      .filter(Boolean)
      .join(' '),
    data: {
      outcome,
      ...(call && { call: presentSession(call) }),
      ...(shown && { party: presentParty(shown) }),
      ...(answer.recording && { recording: answer.recording }),
    },
    next,
    told: {
      cursor: line.calls.history.newest,
      calls: [telephonySessionId, other?.telephonySessionId].filter((id) => id !== undefined),
    },
  };
}

/** What a sentence can tell beside the people: how many hear each other, and where the call goes. */
interface AlsoTold {
  all?: string | undefined;
  target?: ResolvedTarget | undefined;
}

/** A sentence with who the people were when the act began: they may have left the call since. */
const withNames = (
  sentence: string,
  subject: ActionSubject,
  { all = 'all in the conference hear each other', target }: AlsoTold = {},
): string =>
  sentence
    .replaceAll('{them}', () => otherSideOf(subject.call, isOnYou(subject) ? undefined : subject.party))
    .replaceAll('{others}', () => otherSideOf(subject.other?.call))
    .replaceAll('{party}', () => (subject.party ? nameOf(subject.party, subject.call) : 'the party'))
    .replaceAll('{all}', () => all)
    .replaceAll('{target}', () => target?.shown ?? 'the destination')
    .replaceAll('{wait}', () =>
      target?.type === 'ParkLocation' ? 'wait until somebody picks it up' : 'ring',
    );

const capitalized = (...told: Parameters<typeof withNames>): string => {
  const sentence = withNames(...told);
  return sentence.charAt(0).toUpperCase() + sentence.slice(1);
};

const awaitedBy = ({ awaits }: ActionTool, args: Record<string, unknown>): string =>
  typeof awaits === 'function' ? awaits(args) : awaits;

/** What shows while an act has not: how the party is now, and where another phone of yours rings. */
function soFar(call: SessionView | undefined, party: PartyView | undefined, now: number): string {
  if (call === undefined || party === undefined || party.stale) return '';
  const state = stateInShort(call, party, now);
  if (party.status.reason === 'CallReplied') return `So far ${state}.`;
  const isYours = isOwn(call, party);
  const rings = isRinging(party) && isInbound(party);
  const who = isYours ? (rings ? 'your phone is' : 'you are') : `${nameOf(party, call)} is`;
  const elsewhere = ringsElsewhere(call, party);
  const other = flippedTo(call)
    ? ', to be answered there'
    : elsewhere && `, and another phone of yours is ringing${howLong(elsewhere, now)}, to be answered there`;
  return `So far ${who} ${state}${other ?? ''}.`;
}

/** Says which your party is now, where the act has changed it; empty where it has not. */
function formatNewParty({ call: before }: ActionSubject, call: SessionView | undefined): string {
  const { yourPartyId } = call ?? {};
  if (yourPartyId === undefined || before?.yourPartyId === undefined) return '';
  return yourPartyId === before.yourPartyId
    ? ''
    : `Your party is now ${yourPartyId}, no longer ${before.yourPartyId}.`;
}

/** Of so many calls on which you talk, too, people are named. */
const mostNamed = 3;

/**
 * That you talk on several calls at once, as whoever answers while talking does; empty where you do not.
 * @param joined what the act has made part of the call
 */
function formatOtherTalks(
  call: SessionView | undefined,
  joined: SessionView | undefined,
  calls: Line['calls'],
): string {
  if (call === undefined) return '';
  const others = calls.yours().filter((one) => one.id !== call.id && one.id !== joined?.id && talks(one));
  const isTalking = talks(call);
  if (others.length < (isTalking ? 1 : 2)) return '';
  const names = others.slice(0, mostNamed).map((one) => `${otherSideOf(one)} (${calls.handles.of(one.id)})`);
  const more = others.length > mostNamed ? [`${others.length - mostNamed} more`] : [];
  return `You still talk with ${[...names, ...more].join(' and ')}${isTalking ? ', too' : ''}: no hold was made, and all of them hear you.`;
}

/** Whether you talk there and are heard, as far as is known; a conference is told of by its own words. */
function talks(call: CallOutline): boolean {
  const own = ownParty<CallParty>(call);
  if (own === undefined || own.muted || !isTalkedOn(call)) return false;
  return !areHolding(own, call);
}

/** The party with the recording of the answer, which no event may have told of yet (platform.md 3.5). */
function withRecording<Party extends CallParty>(
  party: Party | undefined,
  recording: Recording | undefined,
): Party | undefined {
  if (party === undefined || recording === undefined) return party;
  const others = party.recordings?.filter(({ id }) => id !== recording.id) ?? [];
  return { ...party, recordings: [...others, recording] };
}

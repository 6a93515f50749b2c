import { z } from 'zod';
import { hasLeft } from '../ringcentral/wire/session.ts';
import { exactlyOne, needs } from './runtime/argument-rules.ts';
import { defineAction } from './runtime/define-action.ts';
import { ownPartyId, telephonySessionId, words } from './runtime/parameters.ts';

const patterns = [
  'WillCallYouBack',
  'CallMeBack',
  'OnMyWay',
  'OnTheOtherLine',
  'WillCallYouBackLater',
  'CallMeBackLater',
  'InAMeeting',
  'OnTheOtherLineNoCall',
] as const;

/** What the ready messages say, for the person who is asked; RingCentral does not tell its very words. */
const sayings: Readonly<Record<(typeof patterns)[number], string>> = {
  WillCallYouBack: 'I will call you back',
  CallMeBack: 'Please call me back',
  OnMyWay: 'I am on my way',
  OnTheOtherLine: 'I am on the other line',
  WillCallYouBackLater: 'I will call you back later',
  CallMeBackLater: 'Please call me back later',
  InAMeeting: 'I am in a meeting',
  OnTheOtherLineNoCall: 'I am on the other line and cannot take your call',
};

/** ` in 10 minutes` */
const inTime = (time: number, unit: string): string =>
  ` in ${time} ${unit.toLowerCase()}${time === 1 ? '' : 's'}`;
/** Patterns that name a time (platform.md 2.3.13). */
const timed: readonly string[] = ['WillCallYouBack', 'CallMeBack'];

export const replyParty = defineAction({
  name: 'reply_party',
  title: 'Reply with a message',
  description:
    'Have a voice speak a message to a ringing caller, then end the call. A person is asked first. Give ' +
    'exactly one of replyWithText, pattern. WillCallYouBack and CallMeBack need time and timeUnit. For ' +
    'voicemail use forward_call_party. Works in Setup, Proceeding.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    replyWithText: () => words('Spoken words, e.g. I call back at 5', 500).optional(),
    pattern: () => z.enum(patterns).optional().describe('Ready message'),
    time: () => z.number().int().min(1).optional().describe('e.g. 10'),
    timeUnit: () => z.enum(['Minute', 'Hour', 'Day']).optional().describe('Unit of time'),
  },
  risk: 'destructive',
  idempotent: false,
  party: 'own',
  worksIn: ['Setup', 'Proceeding'],
  check(args) {
    exactlyOne(args, ['replyWithText', 'pattern']);
    if (args.pattern !== undefined && timed.includes(args.pattern))
      needs(args, 'pattern', ['time', 'timeUnit']);
    if (args.time !== undefined) needs(args, 'time', ['timeUnit']);
  },
  // Without `replyWithText`: the guard shows the model's own words, marked as such.
  effect: ({ pattern, time, timeUnit }) => ({
    does: pattern
      ? `have a voice say "${sayings[pattern]}${time && timeUnit ? inTime(time, timeUnit) : ''}" to {them}, then end the call`
      : 'have a voice say {words} to {them}, then end the call',
    heard: 'The caller hears the message instead of a person.',
    undo: 'Cannot be undone: after the message the call has ended.',
  }),
  body: ({ replyWithText, pattern, time, timeUnit }) =>
    replyWithText !== undefined
      ? { replyWithText }
      : { replyWithPattern: { pattern, ...(time !== undefined && { time, timeUnit }) } },
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  awaits: 'the message was spoken to its end',
  done: 'The message was spoken and the call has ended.',
});

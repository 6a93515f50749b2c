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
/** Patterns that name a time (platform.md 2.3.13). */
const timed: readonly string[] = ['WillCallYouBack', 'CallMeBack'];

export const replyParty = defineAction({
  name: 'reply_party',
  title: 'Reply with a message',
  description:
    'Have a voice speak a message to a ringing caller, then end the call. A person is asked first. Give ' +
    'exactly one of replyWithText, pattern. WillCallYouBack and CallMeBack need time and timeUnit. For ' +
    'voicemail use reject_party. Works in Setup, Proceeding.',
  input: {
    telephonySessionId,
    partyId: ownPartyId,
    replyWithText: () => words('Spoken words, e.g. I call back at 5', 500).optional(),
    pattern: () => z.enum(patterns).optional().describe('Ready message'),
    time: () => z.number().int().optional().describe('e.g. 10'),
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
  // Without `replyWithText`: the guard shows the model's own words on a line of their own, marked as such.
  effect: ({ pattern, time, timeUnit }) => ({
    does: pattern
      ? `Have a voice speak the ready message ${pattern}${time ? ` (${time} ${timeUnit})` : ''} to the caller.`
      : 'Have a voice speak a message to the caller.',
    heard: 'The caller hears the message instead of a person.',
    final: 'After it the call ends.',
  }),
  body: ({ replyWithText, pattern, time, timeUnit }) =>
    replyWithText !== undefined
      ? { replyWithText }
      : { replyWithPattern: { pattern, ...(time !== undefined && { time, timeUnit }) } },
  proof: 'event',
  shows: ({ party }) => party !== undefined && hasLeft(party),
  done: 'The message was spoken and the call has ended.',
});

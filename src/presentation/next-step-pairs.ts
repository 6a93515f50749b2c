import { ownLeg, type Place } from './call-place.ts';
import {
  answer,
  answered,
  bothCalls,
  bothFromSecond,
  endUnanswered,
  hold,
  nothing,
  type Offer,
  offHold,
  ofSecond,
  onSecond,
  transfer,
  unhold,
} from './next-step-offers.ts';
import { areYouOnHold } from './party-states.ts';
import { back, backToSecond } from './ways-back.ts';

/** Advice where two calls are live: your place in the call that is told of, and in the second one. */
export interface PairRow {
  here: readonly Place[];
  there: readonly Place[];
  /** So many calls have to be `there`; absent: one. */
  atLeast?: number;
  /** On the first of those that are `there`. */
  next?: readonly Offer[];
  /** On each of them. */
  each?: Offer;
}

const away: readonly Place[] = ['apart', 'held apart'];

const holdSecond: Offer = { ...hold, why: '{second} hears music meanwhile', with: ofSecond };
const unholdSecond: Offer = { ...unhold, why: 'then take {second} back', with: ofSecond };
export const swap: Offer = {
  tool: 'swap_calls',
  why: 'talk with {second} while {them} waits',
  with: bothCalls,
};
export const merge: Offer = { tool: 'merge_calls', why: 'all of you hear each other', with: bothCalls };
export const confer: Offer = {
  tool: 'create_conference_call_session',
  why: 'for all of you in one call, if your phone joins it',
  with: nothing,
};
const bringIn: Offer = {
  tool: 'create_call_party_with_bring_in',
  why: '{them} joins the conference',
  with: bothFromSecond,
};
/** Where the other side of the call has you on hold. */
const onceOffHold: Offer = {
  ...offHold,
  with(known) {
    const leg = ownLeg(known.call);
    return leg && areYouOnHold(leg, known.call) ? offHold.with?.(known) : undefined;
  },
};
const endThis: Offer = { tool: 'delete_call_session', why: '{them} did not answer: end it' };

/** The first row that fits counts. */
export const pairRows: readonly PairRow[] = [
  // Both hear you, and one of them does not know it: first of all that.
  { here: ['talking', 'consulting'], there: ['talking', 'consulting'], next: [holdSecond, hold] },
  {
    here: ['ringing'],
    there: ['talking', 'consulting'],
    next: [holdSecond, { ...answer, why: 'then talk with {them}' }],
  },
  {
    here: ['talking', 'consulting'],
    there: ['ringing'],
    next: [hold, { ...answer, why: 'then talk with {second}', with: ofSecond }],
  },
  // Two others hear you at once, whatever you do on this call.
  {
    here: ['held', ...away, 'left'],
    there: ['talking', 'consulting'],
    atLeast: 2,
    each: holdSecond,
  },
  {
    here: ['held'],
    there: ['ringing'],
    each: { ...answer, why: 'you talk with {second}', with: ofSecond },
  },
  {
    here: away,
    there: ['ringing'],
    next: [{ ...answer, why: 'you talk with {second}', with: ofSecond }, ...back],
  },
  { here: away, there: ['talking', 'consulting'], next: [holdSecond, ...back] },
  { here: ['talking', 'consulting'], there: ['hosting'], each: bringIn },
  { here: ['talking', 'consulting'], there: away, next: [hold, ...backToSecond] },
  { here: ['calling'], there: away, next: [answered, endUnanswered, ...backToSecond] },
  {
    here: ['calling'],
    there: ['held'],
    next: [answered, endUnanswered, unholdSecond],
  },
  { here: ['unanswered'], there: away, next: [endThis, ...backToSecond] },
  { here: ['unanswered'], there: ['held'], next: [endThis, unholdSecond] },
  {
    here: ['held'],
    there: ['unanswered'],
    next: [
      { ...endThis, why: '{second} did not answer: end it', with: ofSecond },
      { ...unhold, why: 'then take {them} back' },
    ],
  },
  {
    here: ['held'],
    there: ['calling'],
    each: onSecond(answered),
  },
  {
    here: ['talking', 'consulting'],
    there: ['calling'],
    next: [
      { ...hold, why: 'before {second} answers, and both hear you' },
      { ...endThis, why: 'or end the call to {second}', with: ofSecond },
    ],
  },
  {
    here: ['calling'],
    there: ['talking', 'consulting'],
    next: [
      { ...holdSecond, why: 'before {them} answers, and both hear you' },
      { ...endThis, why: 'or end the call to {them}' },
      answered,
    ],
  },
  {
    here: ['hosting'],
    there: ['talking', 'consulting', 'held', ...away],
    next: back,
    each: {
      tool: 'create_call_party_with_bring_in',
      why: '{second} joins the conference',
      with: bothCalls,
    },
  },
  { here: ['held', ...away], there: ['hosting'], next: backToSecond, each: bringIn },
  {
    here: ['held'],
    there: ['consulting'],
    next: [
      onSecond(onceOffHold),
      { tool: 'bridge_call_party', why: 'connects {them} with {second}; you drop out', with: bothCalls },
      { ...holdSecond, why: 'before you take {them} back' },
      { ...merge, with: bothFromSecond },
      confer,
    ],
  },
  {
    here: ['consulting'],
    there: ['held'],
    next: [
      onceOffHold,
      {
        tool: 'bridge_call_party',
        why: 'connects {second} with {them}; you drop out',
        with: bothFromSecond,
      },
      { ...hold, why: 'before you take {second} back' },
      merge,
      confer,
    ],
  },
  {
    here: ['talking'],
    there: ['held'],
    next: [onceOffHold, swap, { ...hold, why: 'before you take {second} back' }, merge, confer, transfer],
  },
  {
    here: ['held'],
    there: ['talking'],
    next: [
      onSecond(onceOffHold),
      { ...swap, why: 'talk with {them} while {second} waits', with: bothFromSecond },
      { ...holdSecond, why: 'before you take {them} back' },
      { ...merge, with: bothFromSecond },
      confer,
    ],
  },
  {
    here: ['held'],
    there: ['held'],
    next: [
      // The call that was just put on hold is told of: taking it back would undo that.
      { ...unholdSecond, why: 'you and {second} talk again' },
      unhold,
      { tool: 'bridge_call_party', why: 'connects {them} with {second}; you drop out', with: bothCalls },
    ],
  },
  { here: away, there: ['held'], next: [...back, ...backToSecond] },
  { here: ['held', ...away], there: away, next: [...back, ...backToSecond] },
  { here: ['left'], there: away, next: backToSecond },
  { here: ['left'], there: ['held'], each: { ...unholdSecond, why: 'you and {second} talk again' } },
];

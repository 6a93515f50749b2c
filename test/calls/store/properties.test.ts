import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { CallStore } from '../../../src/calls/store/call-store.ts';
import { History } from '../../../src/calls/store/history.ts';
import type { SessionView } from '../../../src/calls/store/views.ts';
import type { TelephonyEvent } from '../../../src/ringcentral/wire/event.ts';
import { callParty } from '../../../src/ringcentral/wire/session.ts';
import { colleague, event, me, positionsFrom, reading, storeTestbed } from '../support/store-testbed.ts';

const numRuns = Number(process.env.PROPERTY_RUNS ?? 300);
const owners = [undefined, me, colleague, me];
const lively = ['Setup', 'Proceeding', 'Answered', 'Hold', 'Parked', 'Voicemail', 'Tds'];
const final = ['Disconnected', 'Gone'];

interface Change {
  party: number;
  code: string;
  muted: boolean;
  reason: string | undefined;
  peer: boolean;
  lag: number;
}

const change = fc.record<Change>({
  party: fc.integer({ min: 1, max: 4 }),
  code: fc.constantFrom(...lively, ...final),
  muted: fc.boolean(),
  reason: fc.constantFrom(undefined, 'AttendedTransfer'),
  peer: fc.boolean(),
  lag: fc.nat(5000),
});

/** Turns changes into the events of one call: sequences from 2 on, each event later than the one before. */
function story(changes: readonly Change[]): TelephonyEvent[] {
  let at = 0;
  return changes.map(({ party, code, muted, reason, peer, lag }, index) => {
    at += lag;
    return event({
      party,
      sequence: index + 2,
      code,
      muted,
      at,
      ...(reason !== undefined && { reason }),
      // Some events leave out whose party it is.
      ...(index % 3 !== 2 && { extensionId: owners[party - 1] }),
      ...(peer && { peerId: { telephonySessionId: 's-other', partyId: `p-other-${party}` } }),
      description: String(index),
    });
  });
}

/** A call on which nobody who has left comes back, as on the platform. */
const plausible = fc.array(change, { minLength: 1, maxLength: 25 }).map((changes) => {
  const left = new Set<number>();
  return story(
    changes.flatMap((each) => {
      if (left.has(each.party)) return [];
      if (final.includes(each.code)) left.add(each.party);
      return [{ ...each, peer: false, reason: undefined }];
    }),
  ).map((each, index) => ({ ...each, sequence: index + 2 }));
});

/** All that is shown but when it became known, and so whether it is fresh, and its handle, which each store gives. */
function shown(calls: CallStore) {
  const view = calls.session('s-a');
  if (!view) return undefined;
  const { asOf: _, stale: __, handle: ___, links, ...rest } = view;
  const parties = rest.parties.map(({ asOf: _, stale: __, ...party }) => party);
  const byId = (links ?? []).toSorted((one, other) => (one.partyId ?? '').localeCompare(other.partyId ?? ''));
  return { ...rest, parties, links: byId };
}

const states = (calls: CallStore) =>
  calls.session('s-a')?.parties.map(({ id, status, muted }) => ({ id, code: status.code, muted }));

describe('any order of delivery, and any duplicates', () => {
  const inAnyOrder = fc
    .array(change, { minLength: 1, maxLength: 20 })
    .map(story)
    .chain((events) =>
      fc.record({
        events: fc.constant(events),
        delivered: fc
          .array(fc.constantFrom(...events), { maxLength: 15 })
          .chain((twice) =>
            fc.shuffledSubarray([...events, ...twice], { minLength: events.length + twice.length }),
          ),
      }),
    );

  test.each(['account', 'extension'] as const)(
    'give the same picture, links and metrics at %s scope',
    (scope) => {
      fc.assert(
        fc.property(inAnyOrder, ({ events, delivered }) => {
          const inOrder = storeTestbed({ scope });
          inOrder.apply(...events);
          const shuffled = storeTestbed({ scope });
          shuffled.apply(...delivered);
          expect(shown(shuffled.calls)).toEqual(shown(inOrder.calls));
          expect(shuffled.calls.counts.known).toBe(delivered.length - events.length);
          // All events of the account have come: nothing is left to doubt.
          if (scope === 'account') expect(shuffled.calls.session('s-a')?.stale).toBe(false);
        }),
        { numRuns },
      );
    },
  );

  test('tell each change once', () => {
    fc.assert(
      fc.property(inAnyOrder, ({ events, delivered }) => {
        const { calls, apply } = storeTestbed();
        const from = calls.history.newest;
        apply(...delivered);
        expect(calls.history.since(from, {}, 1000).entries).toHaveLength(events.length);
      }),
      { numRuns },
    );
  });
});

describe('readings at any moment', () => {
  /** What happens when: each event happens, then is delivered or lost; readings are requested, then answered. */
  type Step = { at: number; do: 'happen' | 'deliver' | 'request' | 'answer'; index: number };

  const course = plausible.chain((events) =>
    fc.record({
      events: fc.constant(events),
      delays: fc.array(fc.option(fc.nat(60), { nil: undefined, freq: 8 }), {
        minLength: events.length,
        maxLength: events.length,
      }),
      readings: fc.array(fc.tuple(fc.nat(events.length * 10), fc.nat(30)), { maxLength: 5 }),
    }),
  );

  /** The platform's answer when the first `count` events have happened. */
  function truth(events: readonly TelephonyEvent[], count: number) {
    const parties = new Map(
      events.slice(0, count).flatMap(({ parties: [party] }) => (party ? [[party.id, party]] : [])),
    );
    return { ...reading('a', []), parties: structuredClone([...parties.values()]) };
  }

  function play({ events, delays, readings }: typeof course extends fc.Arbitrary<infer T> ? T : never) {
    const steps: Step[] = events.flatMap((_, index): Step[] => {
      const happens = { at: index * 10, do: 'happen', index } as const;
      const delay = delays[index];
      return delay === undefined ? [happens] : [happens, { at: index * 10 + delay, do: 'deliver', index }];
    });
    readings.forEach(([at, takes], index) => {
      steps.push({ at: at + 0.5, do: 'request', index }, { at: at + takes + 0.6, do: 'answer', index });
    });
    const { calls, apply } = storeTestbed();
    const requested = new Map<number, [answer: ReturnType<typeof truth>, requestedAt: number]>();
    let happened = 0;
    for (const step of steps.toSorted((one, other) => one.at - other.at)) {
      if (step.do === 'happen') happened = step.index + 1;
      if (step.do === 'request') requested.set(step.index, [truth(events, happened), calls.stamp()]);
      const delivered = step.do === 'deliver' && events[step.index];
      if (delivered) apply(delivered);
      const answer = step.do === 'answer' && requested.get(step.index);
      if (!answer) continue;
      const before = progress(calls);
      calls.snapshot(...answer);
      for (const [id, index] of progress(calls)) expect(index).toBeGreaterThanOrEqual(before.get(id) ?? -1);
    }
    return calls;
  }

  /** Which event each party shows; `description` numbers them. */
  const progress = (calls: CallStore) =>
    new Map(
      calls.session('s-a')?.parties.map(({ id, status }) => [id, Number(status.description ?? -1)] as const),
    );

  test('never take the store back, and once all events are there it is the truth, with exact metrics', () => {
    fc.assert(
      fc.property(course, ({ events, delays, readings }) => {
        const calls = play({ events, delays: delays.map((delay) => delay ?? 5), readings });
        const reference = storeTestbed();
        reference.apply(...events);
        expect(states(calls)).toEqual(states(reference.calls));
        expect(calls.session('s-a')?.parties.map(({ metrics }) => metrics)).toEqual(
          reference.calls.session('s-a')?.parties.map(({ metrics }) => metrics),
        );
      }),
      { numRuns },
    );
  });

  test('one reading at the end makes good for every event that was lost', () => {
    fc.assert(
      fc.property(course, (all) => {
        const calls = play(all);
        calls.snapshot(truth(all.events, all.events.length), calls.stamp());
        const reference = storeTestbed();
        reference.apply(...all.events);
        expect(states(calls)).toEqual(states(reference.calls));
        expect(calls.session('s-a')?.stale).toBe(false);
      }),
      { numRuns },
    );
  });
});

test('history: whoever asks on from the last cursor gets all, once, in order, or is told of the loss', () => {
  const step = fc.oneof(
    fc.record({ add: fc.integer({ min: 1, max: 8 }) }),
    fc.record({ ask: fc.integer({ min: 1, max: 9 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const history = new History(positionsFrom(1000), 16);
      let added = 0;
      let cursor = history.newest;
      let expected = 1;
      for (const each of steps) {
        if ('add' in each) {
          for (let count = 0; count < each.add; count += 1) {
            added += 1;
            history.add('s-a', callParty.parse({ id: 'p', status: { code: String(added) } }), 0, false);
          }
          continue;
        }
        const { entries, next, lost } = history.since(cursor, {}, each.ask);
        if (lost) expected = Math.max(expected, added - 15);
        expect(lost === true).toBe(cursor < 1000 + added - 16);
        expect(entries.map(({ status }) => Number(status))).toEqual(
          entries.map((_, index) => expected + index),
        );
        expected += entries.length;
        cursor = next;
      }
    }),
    { numRuns },
  );
});

test('memory is bounded: live and ended calls, whatever comes', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(400), change), { maxLength: 600 }), (events) => {
      const { calls, apply } = storeTestbed({ maxLive: 20, maxEnded: 10 });
      const ids = new Set<string>();
      events.forEach(([session, { party, code }], index) => {
        ids.add(`s-${session}`);
        apply(event({ session: String(session), party, code, sequence: index + 2 }));
      });
      expect(calls.active().length).toBeLessThanOrEqual(20);
      expect([...ids].filter((id) => calls.session(id)).length).toBeLessThanOrEqual(30);
    }),
    { numRuns: Math.ceil(numRuns / 10) },
  );
});

test('your calls are those of the list that you are on, in its order, whatever comes and whenever who you are is known', () => {
  const step = fc.record({
    session: fc.nat(9),
    change,
    isReading: fc.boolean(),
    owner: fc.constantFrom(undefined, me, colleague),
    own: fc.constantFrom(undefined, undefined, undefined, me, colleague),
  });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      const { calls, apply } = storeTestbed({ maxLive: 6 });
      steps.forEach(({ session: number, change: { party, code }, isReading, owner, own }, index) => {
        const session = String(number);
        if (own !== undefined) calls.setOwnExtension(own);
        // No two begin at once: of such, either may come first.
        const begun = { creationTime: `2026-01-05T09:0${session}:00.500Z` };
        if (isReading) calls.snapshot(reading(session, [[party, code, owner]], begun), calls.stamp());
        else
          apply(
            event({
              session,
              party,
              code,
              sequence: index + 2,
              ...(owner !== undefined && { extensionId: owner }),
            }),
          );
        const isOn = ({ parties, yourPartyId }: SessionView) =>
          parties.some(({ id, status }) => id === yourPartyId && !final.includes(status.code));
        const listed = calls.active({ withoutJoined: true }).filter(isOn);
        expect(calls.yours().map((outline) => outline.view())).toEqual(listed);
      });
    }),
    { numRuns },
  );
});

import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { UsageEvent } from '../../events/domain/event';
import { correctEvent, type Correction, type Revision } from './correction';

const organisationId = 'org_01j9z3k4m5n6p7q8r9s0t1v2w3' as OrganisationId;
const accountId = 'acct_1' as AccountId;

function eventWith(text: string, receiveTimeMs: number): UsageEvent {
  return {
    ...{ id: `${organisationId}/k`, organisationId, accountId, eventName: 'Song played', key: 'k' },
    ...{ timestampMs: 0, timestampAssigned: false, receiveTimeMs, properties: Buffer.from(text) },
  };
}

/** Received at 100. */
const original: Revision = {
  event: eventWith('original', 100),
  segmentId: 's0',
  index: 3,
  withdrawnAtMs: undefined,
};

/** A void, or with a text an amendment, that was received then. */
function correction(id: string, receiveTimeMs: number, text?: string): Correction {
  const place = { partition: 0, seq: 7, index: 0 };
  const amended = text === undefined ? undefined : eventWith(text, receiveTimeMs);
  const named = { id, organisationId, accountId, key: 'k', reason: '' };
  return { ...named, place, receiveTimeMs, amended };
}

function correct(latest: Revision, ...corrections: [Correction, ...Correction[]]) {
  let n = 0;
  return correctEvent(latest, corrections, () => `s${(n += 1)}`);
}

test('a void withdraws the event from when it was received', () => {
  expect(correct(original, correction('c1', 200))).toEqual({
    before: original.event,
    after: undefined,
    withdrawn: [{ segmentId: 's0', index: 3, atMs: 200, by: 'c1' }],
    revisions: [],
    decidedBy: 'c1',
  });
});

test('an amendment withdraws the event and puts its own content in its place', () => {
  const { before, after, withdrawn, revisions } = correct(original, correction('c1', 200, 'new'));
  expect(before).toBe(original.event);
  expect(after).toEqual(eventWith('new', 200));
  expect(withdrawn).toEqual([{ segmentId: 's0', index: 3, atMs: 200, by: 'c1' }]);
  expect(revisions).toMatchObject([{ event: after, segmentId: 's1', index: 0 }]);
});

test('the last correction decides, and each that amends leaves its revision', () => {
  const last = correction('c3', 400, 'third');
  const made = correct(original, correction('c1', 200, 'second'), correction('c2', 300), last);
  expect(made.after).toEqual(eventWith('third', 400));
  expect(made.decidedBy).toBe('c3');
  expect(made.revisions.map(({ event }) => `${Buffer.from(event.properties)}`)).toEqual([
    'second',
    'third',
  ]);
  expect(made.withdrawn).toEqual([
    { segmentId: 's0', index: 3, atMs: 200, by: 'c1' },
    { segmentId: 's1', index: 0, atMs: 300, by: 'c2' },
  ]);
});

test('an amendment brings a voided event back', () => {
  const voided = { ...original, withdrawnAtMs: 200 };
  const { before, after, withdrawn } = correct(voided, correction('c2', 300, 'back'));
  expect([before, after]).toEqual([undefined, eventWith('back', 300)]);
  expect(withdrawn).toEqual([]);
});

test('a void of a voided event changes nothing but who decides', () => {
  const voided = { ...original, withdrawnAtMs: 200 };
  const made = correct(voided, correction('c2', 300));
  const nothing = { before: undefined, after: undefined, withdrawn: [], revisions: [] };
  expect(made).toEqual({ ...nothing, decidedBy: 'c2' });
});

test('whatever the clocks say, at most one content of an event is known at any instant', () => {
  // Received before the event itself, and before the correction before it.
  const made = correct(original, correction('c1', 90, 'second'), correction('c2', 50, 'third'));
  const contents = [original, ...made.revisions].map((revision) => ({
    fromMs: revision.event.receiveTimeMs,
    toMs:
      made.withdrawn.find(({ segmentId }) => segmentId === revision.segmentId)?.atMs ?? Infinity,
  }));
  expect(contents).toEqual([
    { fromMs: 100, toMs: 100 },
    { fromMs: 100, toMs: 100 },
    { fromMs: 100, toMs: Infinity },
  ]);
});

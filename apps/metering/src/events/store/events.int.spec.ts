import { encodeEventBatches, decodeEventBatch, partitionOf } from '@billingrails/bus';
import { create } from '@bufbuild/protobuf';
import { EventEnvelopeSchema } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import fc from 'fast-check';
import { howMany } from '@billingrails/testing';
import type { ClientSession, Db } from 'mongodb';
import { findAlone } from '../../store/find';
import { inSnapshot } from '../../store/snapshot';
import { startHarness, type Harness } from '../../testing/harness';
import { newOrganisation } from '../../testing/story';
import { eventIdOf, type ArrivedEvent } from '../domain/event';
import { segmentsOf } from '../domain/segment';
import { listEvents, listPositionOf, type ListPosition } from './event-list';
import { countEventNames } from './event-names';
import { findEvent, insertEvents, readEvents, withdrawEvents } from './events';
import type { StoredEvent } from './segments';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
});

afterAll(() => harness.close());

/** The end of the stream: no two chunks end at the same sequence. */
let lastSeq = 0;

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const ACCOUNTS = ['acct_1', 'acct_2'] as AccountId[];
const NAMES = ['Song played', 'a/b'];

interface Trait {
  readonly accountId: AccountId;
  readonly eventName: string;
  readonly timestampMs: number;
  readonly receiveTimeMs: number;
  /** When it was withdrawn; undefined: it stands. */
  readonly withdrawnMs: number | undefined;
}

const traits: fc.Arbitrary<Trait[]> = fc.array(
  fc.record({
    accountId: fc.constantFrom(...ACCOUNTS),
    eventName: fc.constantFrom(...NAMES),
    timestampMs: fc.integer({ min: -30, max: 50 }).map((n) => n * HOUR_MS + (n % 3)),
    receiveTimeMs: fc.integer({ min: 1, max: 9 }),
    withdrawnMs: fc.option(fc.integer({ min: 2, max: 12 }), { nil: undefined }),
  }),
  { maxLength: 40, size: 'max' },
);
const chunkSize = fc.integer({ min: 1, max: 40 });
const period: fc.Arbitrary<Period> = fc
  .tuple(fc.integer({ min: -31, max: 50 }), fc.integer({ min: 1, max: 60 }))
  .map(([start, hours]) => ({
    startMs: start * HOUR_MS + 1,
    endMs: (start + hours) * HOUR_MS + 1,
  }));

function arrived(trait: Trait, organisationId: OrganisationId, index: number): ArrivedEvent {
  const { withdrawnMs: _withdrawn, ...fields } = trait;
  const key = `k${index % 7}${'é'.repeat(index % 2)}-${index}`;
  const envelope = create(EventEnvelopeSchema, {
    ...{ organisationId, idempotencyKey: key, ...fields },
    timestampMs: BigInt(trait.timestampMs),
    receiveTimeMs: BigInt(trait.receiveTimeMs),
    properties: Buffer.from(`{"n":${index}}`),
  });
  const [data = new Uint8Array()] = encodeEventBatches([envelope]);
  const list = decodeEventBatch(data);
  if ('problem' in list) throw new Error(list.problem);
  const [received] = list.events;
  return {
    event: {
      ...{ id: eventIdOf(organisationId, key), organisationId, key, ...fields },
      timestampAssigned: false,
      properties: received?.properties ?? new Uint8Array(),
    },
    place: { partition: partitionOf(organisationId, trait.accountId), seq: index + 1, index: 0 },
    bytes: received?.bytes ?? new Uint8Array(),
  };
}

/** Stores events in chunks, then withdraws those that are to be. */
async function store(organisationId: OrganisationId, all: readonly Trait[], size: number) {
  const events = all.map((trait, index) => arrived(trait, organisationId, index));
  await inTransaction(harness.mongo, async (session) => {
    const { db } = harness.mongo;
    for (let from = 0; from < events.length; from += size) {
      const chunk = { partition: 0, toSeq: (lastSeq += 1) };
      const segments = segmentsOf(chunk, events.slice(from, from + size));
      await insertEvents(db, session, segments);
      await countEventNames(db, session, segments);
    }
  });
  const withdrawals = await read(async (db, session) => {
    const found = [];
    for (const [index, { event }] of events.entries()) {
      const atMs = all[index]?.withdrawnMs;
      if (atMs === undefined) continue;
      const stored = await findEvent(db, session, organisationId, event.key);
      if (stored === undefined) throw new Error(`There is no event ${event.key}.`);
      found.push({ segmentId: stored.segment.id, index: stored.index, atMs, by: 'corr_1' });
    }
    return found;
  });
  // The first withdrawal stays.
  const again = withdrawals.map((first) => ({ ...first, atMs: first.atMs + 1, by: 'corr_2' }));
  for (const each of [withdrawals, again]) {
    await inTransaction(harness.mongo, (session) =>
      withdrawEvents(harness.mongo.db, session, organisationId, each),
    );
  }
  return events;
}

function read<T>(work: (db: Db, session: ClientSession) => Promise<T>): Promise<T> {
  return inSnapshot(harness.mongo, work);
}

const keysOf = (events: Iterable<{ event: { key: string } }>) =>
  [...events].map(({ event }) => event.key);

describe('stored events', () => {
  test('are read by period, each once, as they are now and as they were known', async () => {
    const known = fc.option(fc.integer({ min: 0, max: 13 }), { nil: undefined });
    const periods = fc.array(period, { minLength: 1, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(traits, chunkSize, periods, known, async (all, size, wanted, knownAtMs) => {
        const organisationId = newOrganisation();
        const events = await store(organisationId, all, size);
        const found = await read(async (db, session) => {
          const scope = { organisationId, accountIds: ACCOUNTS.slice(0, 1), eventName: 'a/b' };
          const known = knownAtMs === undefined ? {} : { knownAtMs };
          const keys: string[] = [];
          const reading = readEvents(findAlone(db, session), {
            ...scope,
            periods: wanted,
            ...known,
          });
          for await (const { event } of reading) keys.push(event.key);
          return keys;
        });
        const expected = events.filter(({ event }, index) => {
          const withdrawnMs = all[index]?.withdrawnMs ?? Infinity;
          return (
            event.accountId === 'acct_1' &&
            event.eventName === 'a/b' &&
            wanted.some((p) => event.timestampMs >= p.startMs && event.timestampMs < p.endMs) &&
            event.receiveTimeMs <= (knownAtMs ?? Infinity) &&
            withdrawnMs > (knownAtMs ?? Number.MAX_SAFE_INTEGER)
          );
        });
        expect(found.sort()).toEqual(keysOf(expected).sort());
      }),
      { numRuns: howMany(8, 40) },
    );
  });

  test('are listed newest first, in pages, each once, of one name or of all', async () => {
    const names = fc.option(fc.constantFrom(...NAMES), { nil: undefined });
    const limits = fc.integer({ min: 1, max: 9 });
    await fc.assert(
      fc.asyncProperty(traits, chunkSize, period, names, limits, async (...given) => {
        const [all, size, wanted, eventName, limit] = given;
        const organisationId = newOrganisation();
        const events = await store(organisationId, all, size);
        const listed: StoredEvent[] = [];
        let before: ListPosition | undefined;
        do {
          const page = await read((db, session) =>
            listEvents(db, session, {
              ...{ organisationId, accountId: 'acct_1' as AccountId, eventName },
              ...{ period: wanted, before, limit },
            }),
          );
          expect(page.length).toBeLessThanOrEqual(limit);
          listed.push(...page);
          const last = page.at(-1);
          before = last && listPositionOf(last);
        } while (before !== undefined);
        const expected = events
          .map(({ event }) => event)
          .filter((event) => event.accountId === 'acct_1')
          .filter((event) => (eventName ?? event.eventName) === event.eventName)
          .filter((e) => e.timestampMs >= wanted.startMs && e.timestampMs < wanted.endMs)
          .sort(
            (a, b) =>
              b.timestampMs - a.timestampMs ||
              Buffer.compare(Buffer.from(b.key), Buffer.from(a.key)),
          );
        expect(keysOf(listed)).toEqual(expected.map(({ key }) => key));
      }),
      { numRuns: howMany(8, 40) },
    );
  });

  test('are found by their key as they came, also when they are withdrawn', async () => {
    const organisationId = newOrganisation();
    const trait = { accountId: ACCOUNTS[0], eventName: 'a/b', timestampMs: -5, receiveTimeMs: 3 };
    const all = [undefined, 7].map((withdrawnMs) => ({ ...trait, withdrawnMs }) as Trait);
    const events = await store(organisationId, all, 2);
    for (const [index, { event, place }] of events.entries()) {
      const found = await read((db, session) => findEvent(db, session, organisationId, event.key));
      const { properties, ...fields } = event;
      expect(found).toMatchObject({ event: fields, place: { seq: place.seq, index: 0 }, index });
      expect(Buffer.from(found?.event.properties ?? [])).toEqual(Buffer.from(properties));
      expect(found?.withdrawn).toEqual(index === 0 ? undefined : { atMs: 7, by: 'corr_1' });
    }
    expect(await read((db, session) => findEvent(db, session, organisationId, 'no'))).toBe(
      undefined,
    );
  });
});

test('a list of every name is read in the order of the index, without sorting', async () => {
  const organisationId = newOrganisation();
  const traits = Array.from({ length: 300 }, (_, n) => ({
    accountId: 'acct_1' as AccountId,
    eventName: `name ${n % 3}`,
    timestampMs: n * DAY_MS,
    receiveTimeMs: 1,
    withdrawnMs: undefined,
  }));
  await store(organisationId, traits, 10);
  const { db } = harness.mongo;
  await db.command({ profile: 2 });
  const all = { startMs: 0, endMs: 1_000 * DAY_MS };
  const scope = { organisationId, accountId: 'acct_1' as AccountId, period: all, limit: 5 };
  const page = await read((of, session) => listEvents(of, session, scope));
  await db.command({ profile: 0 });
  expect(page).toHaveLength(5);
  const [plan] = await db
    .collection('system.profile')
    .find({ ns: `${db.databaseName}.segments`, op: 'query' })
    .toArray();
  expect(plan).toMatchObject({ planSummary: expect.stringContaining('IXSCAN') });
  expect(plan?.['hasSortStage']).toBeUndefined();
  expect(plan?.['docsExamined']).toBeLessThan(150);
});

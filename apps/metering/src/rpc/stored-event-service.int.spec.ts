import { create } from '@bufbuild/protobuf';
import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  encodeCorrections,
  encodeEventBatches,
  partitionOf,
  partitionSubject,
  publishAtomic,
} from '@billingrails/bus';
import {
  EventCorrectionSchema,
  EventEnvelopeSchema,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import {
  StoredEventState,
  type StoredEvent,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import type { GetIngestReportResponse } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { inTransaction } from '@billingrails/mongo';
import { waitFor } from '@billingrails/testing';
import { quarantine } from '../store/quarantine';
import { startHarness, type Harness } from '../testing/harness';
import type { OracleEvent } from '../testing/oracle';
import { refusalOf, startService, type Service } from '../testing/service';
import { newOrganisation } from '../testing/story';

const operator = newOrganisation();
let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness, { operatorOrganisationId: operator });
});

afterAll(async () => {
  await service.close();
  await harness.close();
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;
const NOON_MS = Date.UTC(2024, 0, 1, 12);
const song: OracleEvent = {
  organisationId: '',
  accountId: 'acct_1',
  eventName: 'Song played',
  key: 'k1',
  timestampMs: NOON_MS,
  properties: '{"duration":240,"kind":"local"}',
};

function songs(organisationId: string, count: number): OracleEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ ...song, organisationId, key: `k${n}`, timestampMs: NOON_MS + n * HOUR_MS },
    properties: JSON.stringify({ duration: n % 3 === 0 ? 'long' : n, kind: 'local' }),
  }));
}

/** Publishes to the account's partition, whatever it holds. */
async function publishRaw(organisationId: string, data: Uint8Array): Promise<string> {
  const partition = partitionOf(organisationId, song.accountId);
  const message = { subject: partitionSubject(partition), data };
  const [seq = 0] = await publishAtomic(harness.bus, [message], { timeoutMs: 10_000 });
  await harness.applied(new Map([[partition, seq]]));
  return `${partition}/${seq}`;
}

function correct(organisationId: string, key: string, correctionId: string, amended?: OracleEvent) {
  const [data = new Uint8Array()] = encodeCorrections([
    create(EventCorrectionSchema, {
      ...{ organisationId, accountId: song.accountId, idempotencyKey: key, correctionId },
      receiveTimeMs: BigInt(Date.now()),
      reason: `because of ${correctionId}`,
      ...(amended === undefined ? {} : { amended: envelopeOf({ ...amended, organisationId }) }),
    }),
  ]);
  return publishRaw(organisationId, data);
}

function envelopeOf(event: OracleEvent, receiveTimeMs = Date.now()) {
  const { key, timestampMs: timeMs, properties, ...names } = event;
  const { organisationId, accountId, eventName } = names;
  return create(EventEnvelopeSchema, {
    ...{ organisationId, accountId, eventName, idempotencyKey: key },
    timestampMs: BigInt(timeMs),
    receiveTimeMs: BigInt(receiveTimeMs),
    properties: Buffer.from(properties),
  });
}

const keysOf = (events: readonly StoredEvent[]) => events.map((event) => event.idempotencyKey);
const plays = { code: 'plays', name: 'Plays', aggregationMethod: AggregationMethod.COUNT };
const seconds = {
  ...{ code: 'seconds', name: 'Seconds', aggregationProperty: 'duration' },
  aggregationMethod: AggregationMethod.SUM,
};

/** A meter that sums durations, when it has counted what was there. */
async function createMeter(organisationId: string, profiles: object[] = [seconds]) {
  const { meters } = service.as(organisationId);
  const draft = { name: 'Songs', eventName: 'Song played', profiles };
  const { meter } = await meters.createMeter(draft);
  const meterId = meter?.id ?? '';
  await waitFor(
    async () => {
      const found = await meters.getMeter({ meterId });
      return found.meter?.profiles.every(({ backfill }) => backfill?.status === 2);
    },
    { what: 'the backfill', timeoutMs: 60_000 },
  );
  return meterId;
}

describe('listing events', () => {
  test('gives them newest first, in pages, each once, by name, time and key', async () => {
    const organisationId = newOrganisation();
    const { stored } = service.as(organisationId);
    const skipped = { ...song, organisationId, eventName: 'Song skipped', key: 'skipped' };
    const elsewhere = { ...song, organisationId, accountId: 'acct_2', key: 'elsewhere' };
    const all = [...songs(organisationId, 30), skipped, elsewhere];
    await harness.applied(await harness.publish(all));
    const accountId = 'acct_1';
    const listed: StoredEvent[] = [];
    let pageToken = '';
    do {
      const page = await stored.listEvents({ accountId, pageSize: 7, pageToken });
      expect(page.events.length).toBeLessThanOrEqual(7);
      listed.push(...page.events);
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    const expected = Array.from({ length: 30 }, (_, n) => `k${29 - n}`);
    // Of one instant, the greater key comes first.
    expect(keysOf(listed)).toEqual([...expected.slice(0, -1), 'skipped', 'k0']);
    const named = await stored.listEvents({ accountId, eventName: 'Song skipped' });
    expect(keysOf(named.events)).toEqual(['skipped']);
    const [startTime, endTime] = [2, 4].map((n) => timestampFromMs(NOON_MS + n * HOUR_MS));
    const timed = await stored.listEvents({ accountId, ...times(startTime, endTime) });
    expect(keysOf(timed.events)).toEqual(['k3', 'k2']);
    const keyed = await stored.listEvents({ idempotencyKeys: ['k5', 'elsewhere', 'no', 'k7'] });
    expect(keysOf(keyed.events)).toEqual(['k7', 'k5', 'elsewhere']);
  });

  test('by state passes the others over, and says what each profile made of the event', async () => {
    const organisationId = newOrganisation();
    const { stored } = service.as(organisationId);
    await createMeter(organisationId);
    await harness.applied(await harness.publish(songs(organisationId, 9)));
    const { events } = await stored.listEvents({
      ...{ accountId: 'acct_1', state: StoredEventState.UNUSABLE, pageSize: 2 },
    });
    expect(keysOf(events)).toEqual(['k6', 'k3']);
    expect(events[0]?.verdicts).toMatchObject([
      { profile: 'seconds', version: 1, outcome: 'unusable', reason: 'not_a_number', value: '' },
    ]);
    const counted = await stored.listEvents({ idempotencyKeys: ['k4'] });
    expect(counted.events[0]?.verdicts).toMatchObject([{ outcome: 'counted', value: '4' }]);
    expect(counted.events[0]?.properties).toEqual({ duration: 4, kind: 'local' });
  });

  test('refuses what no list can be made of', async () => {
    const { stored } = service.as(newOrganisation());
    expect(await refusalOf(stored.listEvents({}))).toMatchObject({ fields: ['account_id'] });
    const [startTime, endTime] = [2, 1].map((n) => timestampFromMs(n));
    const reversed = stored.listEvents({ accountId: 'a b', ...times(startTime, endTime) });
    expect(await refusalOf(reversed)).toMatchObject({
      ...{ reason: 'EVENT_LIST_INVALID', fields: ['account_id', 'end_time'] },
    });
    const { nextPageToken } = await stored.listEvents({ accountId: 'acct_1' });
    expect(nextPageToken).toBe('');
    const foreign = stored.listEvents({ accountId: 'acct_1', pageToken: 'eyJvZiI6IngifQ' });
    expect(await refusalOf(foreign)).toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
  });
});

function times(startTime: ReturnType<typeof timestampFromMs> | undefined, endTime = startTime) {
  if (startTime === undefined || endTime === undefined) throw new Error('Both times are given.');
  return { startTime, endTime };
}

describe('an event', () => {
  test('is shown with what it was counted with, its conflicts, and what every version made of it', async () => {
    const organisationId = newOrganisation();
    const { stored } = service.as(organisationId);
    const event = { ...song, organisationId };
    await harness.applied(await harness.publish([event]));
    const before = await stored.getEvent({ idempotencyKey: 'k1' });
    expect(before.event).toMatchObject({ state: StoredEventState.UNMATCHED, verdicts: [] });
    const abroad = { property: stringValue('kind'), operator: 'eq', value: stringValue('abroad') };
    const meterId = await createMeter(organisationId, [
      ...[seconds, { ...plays, filters: [abroad] }],
    ]);
    const other = { ...event, properties: '{"duration":241}' };
    await harness.applied(await harness.publish([other]));
    const found = await stored.getEvent({ idempotencyKey: 'k1' });
    expect(found.event).toMatchObject({
      ...{ idempotencyKey: 'k1', accountId: 'acct_1', eventName: 'Song played', revision: 1 },
      state: StoredEventState.COUNTED,
      verdicts: [
        { meterId, profile: 'seconds', version: 1, outcome: 'counted', value: '240' },
        { meterId, profile: 'plays', version: 1, outcome: 'filtered_out', value: '' },
      ],
    });
    expect(timestampMs(found.event?.timestamp ?? timestampFromMs(0))).toBe(NOON_MS);
    expect(found.conflicts).toMatchObject([
      { idempotencyKey: 'k1', differingFields: ['properties'], properties: { duration: 241 } },
    ]);
    const ofOthers = service.as(newOrganisation()).stored.getEvent({ idempotencyKey: 'k1' });
    expect(await refusalOf(ofOthers)).toMatchObject({ code: 'NotFound' });
  });

  test('that was amended and voided is shown with its revisions and the reasons', async () => {
    const organisationId = newOrganisation();
    const { stored } = service.as(organisationId);
    await createMeter(organisationId);
    await harness.applied(await harness.publish([{ ...song, organisationId }]));
    await correct(organisationId, 'k1', 'c1', { ...song, properties: '{"duration":5}' });
    const amended = await stored.getEvent({ idempotencyKey: 'k1' });
    expect(amended.event).toMatchObject({
      ...{ revision: 2, state: StoredEventState.COUNTED, withdrawReason: '' },
      verdicts: [{ outcome: 'counted', value: '5' }],
    });
    expect(amended.earlierRevisions).toMatchObject([
      { revision: 1, state: StoredEventState.AMENDED, withdrawReason: 'because of c1' },
    ]);
    await correct(organisationId, 'k1', 'c2');
    const voided = await stored.getEvent({ idempotencyKey: 'k1' });
    expect(voided.event).toMatchObject({
      ...{ revision: 2, state: StoredEventState.VOIDED, withdrawReason: 'because of c2' },
      verdicts: [],
    });
    const listed = await stored.listEvents({ accountId: 'acct_1' });
    expect(listed.events).toMatchObject([{ revision: 2, state: StoredEventState.VOIDED }]);
    const histories = [{ accountId: 'acct_1' }, { idempotencyKeys: ['k1'] }];
    for (const of of histories) {
      const past = await stored.listEvents({ ...of, state: StoredEventState.AMENDED });
      expect(past.events).toMatchObject([{ revision: 1, state: StoredEventState.AMENDED }]);
    }
  });
});

test('conflicts are listed by account, key and as they came, in pages', async () => {
  const organisationId = newOrganisation();
  const { stored } = service.as(organisationId);
  const first = ['b', 'a'].map((key) => ({ ...song, organisationId, key }));
  await harness.applied(await harness.publish(first));
  for (const duration of [1, 2, 3]) {
    const again = first.map((event) => ({ ...event, properties: `{"duration":${duration}}` }));
    await harness.applied(await harness.publish(again));
  }
  const listed: unknown[] = [];
  let pageToken = '';
  do {
    const page = await stored.listConflicts({ accountId: 'acct_1', pageSize: 4, pageToken });
    listed.push(...page.conflicts.map((one) => [one.idempotencyKey, one.properties?.['duration']]));
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(listed).toEqual(['a', 'b'].flatMap((key) => [1, 2, 3].map((n) => [key, n])));
  expect((await stored.listConflicts({ accountId: 'acct_2' })).conflicts).toEqual([]);
});

describe('the ingest report', () => {
  const countsOf = ({ $typeName: _type, $unknown: _unknown, ...counts }: GetIngestReportResponse) =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)]));

  function report(organisationId: string, startMs: number, endMs: number) {
    const [startTime, endTime] = [startMs, endMs].map((ms) => timestampFromMs(ms));
    const { stored } = service.as(organisationId);
    return stored.getIngestReport(times(startTime, endTime)).then(countsOf);
  }

  test('tells to the event and the minute what became of all that was accepted', async () => {
    const organisationId = newOrganisation();
    await createMeter(organisationId);
    const minuteMs = Date.UTC(2025, 2, 3, 10, 59);
    const batches = [
      songs(organisationId, 10),
      [{ ...song, organisationId, eventName: 'x', key: 'x' }],
    ];
    for (const [index, events] of batches.entries()) {
      const receiveTimeMs = minuteMs + index * MINUTE_MS;
      const envelopes = events.map((event) => envelopeOf(event, receiveTimeMs));
      const [data = new Uint8Array()] = encodeEventBatches(envelopes);
      await publishRaw(organisationId, data);
      await publishRaw(organisationId, data);
    }
    await correct(organisationId, 'k1', 'c1');
    await correct(organisationId, 'k2', 'c2', {
      ...song,
      key: 'k2',
      properties: '{"duration":"?"}',
    });
    const nothing = { quarantinedCount: 0, conflictCount: 0, filteredOutCount: 0 };
    expect(await report(organisationId, minuteMs, minuteMs + MINUTE_MS)).toEqual({
      ...{ ...nothing, acceptedCount: 10, countedCount: 4, unusableCount: 5, unmatchedCount: 0 },
      ...{ voidedCount: 1, duplicateCount: 10, amendedCount: 1 },
    });
    expect(await report(organisationId, minuteMs, minuteMs + 2 * MINUTE_MS)).toMatchObject({
      ...{ acceptedCount: 11, unmatchedCount: 1, duplicateCount: 11 },
    });
    expect(await report(organisationId, minuteMs - HOUR_MS, minuteMs)).toMatchObject({
      ...{ acceptedCount: 0, duplicateCount: 0 },
    });
  });

  test('is of whole minutes, and of at most 366 days', async () => {
    const { stored } = service.as(newOrganisation());
    const [startTime, endTime] = [1, 400 * 24 * HOUR_MS].map((ms) => timestampFromMs(ms));
    const refusal = await refusalOf(stored.getIngestReport(times(startTime, endTime)));
    expect(refusal).toMatchObject({ code: 'InvalidArgument', fields: ['start_time', 'end_time'] });
  });
});

describe('a quarantined message', () => {
  const MINUTE = Math.floor(Date.UTC(2025, 5, 1) / MINUTE_MS) * MINUTE_MS;

  /** As if an earlier version of metering had not understood a message. */
  async function misunderstood(
    organisationId: string,
    events: readonly OracleEvent[],
    seq: number,
  ) {
    const envelopes = events.map((event) => envelopeOf(event, MINUTE));
    const [data = new Uint8Array()] = encodeEventBatches(envelopes);
    const partition = partitionOf(organisationId, song.accountId);
    const kept = { partition, seq, data, streamTimeMs: MINUTE, problem: 'too new' };
    await inTransaction(harness.mongo, (session) => quarantine(harness.mongo.db, session, [kept]));
    return `${partition}/${seq}`;
  }

  test('is listed to whose events it shows, and else to the operator', async () => {
    const [first, second] = [newOrganisation(), newOrganisation()];
    const shown = await misunderstood(first, [{ ...song, organisationId: first }], 900_000_001);
    const unreadable = await publishRaw(second, Buffer.from('not an event batch'));
    const listed = async (organisationId: string) => {
      const { stored } = service.as(organisationId);
      const { messages } = await stored.listQuarantinedMessages({});
      return messages.map(({ id }) => id);
    };
    expect(await listed(first)).toEqual([shown]);
    expect(await listed(second)).toEqual([]);
    expect(await listed(operator)).toContain(unreadable);
    expect(await listed(operator)).not.toContain(shown);
    const replay = service.as(second).stored.replayQuarantinedMessages({ ids: [shown] });
    expect(await refusalOf(replay)).toMatchObject({ code: 'NotFound' });
  });

  test('that is understood later is counted once, however often it is replayed', async () => {
    const organisationId = newOrganisation();
    const { stored, usage } = service.as(organisationId);
    const meterId = await createMeter(organisationId);
    const events = [1, 2].map((n) => ({ ...song, organisationId, key: `k${n}` }));
    const id = await misunderstood(organisationId, events, 900_000_002);
    const report = () =>
      stored.getIngestReport(times(timestampFromMs(MINUTE), timestampFromMs(MINUTE + MINUTE_MS)));
    expect(await report()).toMatchObject({ acceptedCount: 2n, quarantinedCount: 2n });
    const [one, other] = await Promise.all([
      stored.replayQuarantinedMessages({ ids: [id] }),
      stored.replayQuarantinedMessages({}),
    ]);
    expect([one, other].flatMap(({ replayed }) => replayed)).toContainEqual(
      expect.objectContaining({ id, replayTime: expect.anything() }),
    );
    await stored.replayQuarantinedMessages({ ids: [id] });
    const { rows } = await usage.queryUsage({
      ...{ meterId, accountIds: ['acct_1'], waitForAcknowledged: true },
      ...times(timestampFromMs(NOON_MS), timestampFromMs(NOON_MS + HOUR_MS)),
    });
    expect(rows).toMatchObject([{ value: '480', eventCount: 2n }]);
    expect(await report()).toMatchObject({
      ...{ acceptedCount: 2n, countedCount: 2n, quarantinedCount: 0n },
    });
    expect((await stored.listQuarantinedMessages({})).messages).toEqual([]);
    const { messages } = await stored.listQuarantinedMessages({ includeReplayed: true });
    expect(messages).toMatchObject([{ id, problem: 'too new', replayTime: expect.anything() }]);
  });

  test('that is still not understood remains, with what is wrong with it', async () => {
    const { stored } = service.as(operator);
    const id = await publishRaw(newOrganisation(), Buffer.from('not an event batch either'));
    const { replayed, remaining } = await stored.replayQuarantinedMessages({ ids: [id] });
    expect(replayed).toEqual([]);
    expect(remaining).toMatchObject([{ id, problem: expect.stringContaining('EventBatch') }]);
    expect(remaining[0]?.byteCount).toBe(25n);
  });
});

function stringValue(value: string) {
  return { kind: { case: 'stringValue' as const, value } };
}

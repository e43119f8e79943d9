import { timestampFromMs, timestampMs } from '@bufbuild/protobuf/wkt';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import {
  StoredEventState,
  type StoredEvent,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import { startHarness, type Harness } from '../../testing/harness';
import { refusalOf, startService, type Service } from '../../testing/service';
import {
  correctSong,
  createSongMeter,
  NOON_MS,
  seconds,
  song,
  songs,
  times,
} from '../../testing/songs';
import { newOrganisation } from '../../testing/story';

let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness);
});

afterAll(async () => {
  await service.close();
  await harness.close();
});

const HOUR_MS = 3_600_000;
const keysOf = (events: readonly StoredEvent[]) => events.map((event) => event.idempotencyKey);
const plays = { code: 'plays', name: 'Plays', aggregationMethod: AggregationMethod.COUNT };

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
    const between = times(NOON_MS + 2 * HOUR_MS, NOON_MS + 4 * HOUR_MS);
    const timed = await stored.listEvents({ accountId, ...between });
    expect(keysOf(timed.events)).toEqual(['k3', 'k2']);
    const keyed = await stored.listEvents({ idempotencyKeys: ['k5', 'elsewhere', 'no', 'k7'] });
    expect(keysOf(keyed.events)).toEqual(['k7', 'k5', 'elsewhere']);
  });

  test('by state passes the others over, and says what each profile made of the event', async () => {
    const organisationId = newOrganisation();
    const { stored } = service.as(organisationId);
    await createSongMeter(service, organisationId);
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
    const reversed = stored.listEvents({ accountId: 'a b', ...times(2, 1) });
    expect(await refusalOf(reversed)).toMatchObject({
      ...{ reason: 'EVENT_LIST_INVALID', fields: ['account_id', 'end_time'] },
    });
    const { nextPageToken } = await stored.listEvents({ accountId: 'acct_1' });
    expect(nextPageToken).toBe('');
    const foreign = stored.listEvents({ accountId: 'acct_1', pageToken: 'eyJvZiI6IngifQ' });
    expect(await refusalOf(foreign)).toMatchObject({ reason: 'PAGE_TOKEN_INVALID' });
  });
});

describe('an event', () => {
  test('is shown with what it was counted with, its conflicts, and what every version made of it', async () => {
    const organisationId = newOrganisation();
    const { stored } = service.as(organisationId);
    const event = { ...song, organisationId };
    await harness.applied(await harness.publish([event]));
    const before = await stored.getEvent({ idempotencyKey: 'k1' });
    expect(before.event).toMatchObject({ state: StoredEventState.UNMATCHED, verdicts: [] });
    const abroad = { property: stringValue('kind'), operator: 'eq', value: stringValue('abroad') };
    const meterId = await createSongMeter(service, organisationId, [
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
    await createSongMeter(service, organisationId);
    await harness.applied(await harness.publish([{ ...song, organisationId }]));
    await correctSong(harness, organisationId, 'k1', 'c1', '{"duration":5}');
    const amended = await stored.getEvent({ idempotencyKey: 'k1' });
    expect(amended.event).toMatchObject({
      ...{ revision: 2, state: StoredEventState.COUNTED, withdrawReason: '' },
      verdicts: [{ outcome: 'counted', value: '5' }],
    });
    expect(amended.earlierRevisions).toMatchObject([
      { revision: 1, state: StoredEventState.AMENDED, withdrawReason: 'because of c1' },
    ]);
    await correctSong(harness, organisationId, 'k1', 'c2');
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

function stringValue(value: string) {
  return { kind: { case: 'stringValue' as const, value } };
}

import { fromBinary } from '@bufbuild/protobuf';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  untilConsumed,
  METERING,
  USAGE,
  consumeDurable,
  partitionOf,
  type Consumption,
} from '@billingrails/bus';
import { UsageChangedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_changed_pb';
import { UsageCountedSchema } from '@billingrails/contracts/billingrails/bus/v1/usage_counted_pb';
import { PATIENCE_MS, waitFor } from '@billingrails/testing';
import { insertUsageChanges } from '../changes/store/usage-changes';
import { startHarness, type Harness } from '../testing/harness';
import { startService, type Service } from '../testing/service';
import { correctSong, createSongMeter, NOON_MS, seconds, song, songs } from '../testing/songs';
import { newOrganisation } from '../testing/story';

let harness: Harness;
let service: Service;
const consumptions: Consumption[] = [];
/** By organisation: account, first and last instant of each span that was told, and the meter. */
const told = new Map<string, string[]>();
/** By organisation: event names, and whose events were counted, as often as it was told. */
const counted = new Map<string, string[]>();
beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness);
  const { bus, logger } = harness;
  const changes = await consumeDurable(bus, {
    ...{ stream: METERING.name, durable: 'test', subject: 'metering.>', logger },
    handler: async ({ data }) => {
      const message = fromBinary(UsageChangedSchema, data);
      const list = told.get(message.organisationId) ?? [];
      told.set(message.organisationId, list);
      const spans = (all: typeof message.spans) =>
        all.map(({ startTime, endTime }) =>
          [startTime, endTime].map((time) => time && timestampMs(time)).join('–'),
        );
      for (const each of message.accounts)
        list.push([each.accountId, ...spans(each.spans)].join(' '));
      if (message.accounts.length === 0)
        list.push(['every account', message.meterId, ...spans(message.spans)].join(' '));
    },
  });
  const counts = await consumeDurable(bus, {
    ...{ stream: USAGE.name, durable: 'test', subject: 'usage.counted', logger },
    handler: async ({ data }) => {
      for (const each of fromBinary(UsageCountedSchema, data).counted) {
        const list = counted.get(each.organisationId) ?? [];
        counted.set(each.organisationId, list);
        list.push(`${each.eventName}: ${[...each.accountIds].sort().join(' ')}`);
      }
    },
  });
  consumptions.push(changes, counts);
});
afterAll(async () => {
  for (const consumption of consumptions) await consumption.close();
  await service.close();
  await harness.close();
});

/** What has been told of an organisation when it says that all is told. */
async function toldOf(organisationId: string): Promise<string[]> {
  await service.as(organisationId).usage.tellUsageChanges({ accountIds: [song.accountId] });
  const heard = { stream: METERING.name, durable: 'test', timeoutMs: PATIENCE_MS };
  await untilConsumed(harness.bus, heard);
  return [...new Set(told.get(organisationId))].sort();
}

test('late events, voids and amendments are told once they are stored, fresh events never', async () => {
  const organisationId = newOrganisation();
  const fresh = { ...song, organisationId, key: 'now', timestampMs: Date.now() };
  await harness.applied(await harness.publish([fresh]));
  expect(await toldOf(organisationId)).toEqual([]);
  // Nothing is waited for between the acknowledgement and the question.
  await harness.publish(songs(organisationId, 3));
  const late = `acct_1 ${NOON_MS}–${NOON_MS + 7_200_001}`;
  expect(await toldOf(organisationId)).toEqual([late]);
  await correctSong(harness, organisationId, 'k0', 'c1');
  expect(await toldOf(organisationId)).toEqual([late, `acct_1 ${NOON_MS}–${NOON_MS + 1}`].sort());
});

test('what a process that was killed left untold is told by another, and nothing is left behind', async () => {
  const organisationId = newOrganisation();
  const spans = [{ startMs: 5, endMs: 6 }];
  const accounts = [{ organisationId, accountId: song.accountId, spans }] as never;
  const { db } = harness.mongo;
  const partition = partitionOf(organisationId, song.accountId);
  await harness.mongo.client.withSession((session) =>
    session.withTransaction(() =>
      insertUsageChanges(db, session, { partition, writer: 'lane' }, accounts),
    ),
  );
  expect(await toldOf(organisationId)).toEqual(['acct_1 5–6']);
  expect(await db.collection('usage_changes').countDocuments()).toBe(0);
});

test('a revision that counts the past otherwise is told for every account, once its backfill is done', async () => {
  const organisationId = newOrganisation();
  await harness.applied(await harness.publish(songs(organisationId, 3)));
  const meterId = await createSongMeter(service, organisationId);
  const { meters } = service.as(organisationId);
  const profile = { ...seconds, filters: [] };
  const effectiveTime = { seconds: BigInt(NOON_MS / 1_000), nanos: 0 };
  await meters.reviseMeterProfile({ meterId, profile, effectiveTime });
  const revised = `every account ${meterId} ${NOON_MS}–${Date.parse('9999-12-31T00:00:00Z')}`;
  await waitFor(async () => (await toldOf(organisationId)).includes(revised), {
    what: 'the revision to be told',
  });
});

test('whose events were counted is told soon, once for many events, of any age, and again when one is voided', async () => {
  const organisationId = newOrganisation();
  const at = (n: number) => ({ accountId: `acct_${n % 3}`, key: `n${n}`, timestampMs: Date.now() });
  const fresh = Array.from({ length: 30 }, (_, n) => ({ ...song, organisationId, ...at(n) }));
  const toldAccounts = () =>
    new Set(counted.get(organisationId)?.flatMap((each) => each.split(': ')[1]?.split(' ')));
  await harness.applied(await harness.publish(fresh));
  await waitFor(async () => toldAccounts().size === 3, { what: 'all accounts to be told' });
  expect([...toldAccounts()].sort()).toEqual(['acct_0', 'acct_1', 'acct_2']);
  const before = counted.get(organisationId)?.length ?? 0;
  expect(before).toBeLessThan(fresh.length);
  await correctSong(harness, organisationId, 'n1', 'c1');
  await waitFor(async () => (counted.get(organisationId)?.length ?? 0) > before, {
    what: 'the void to be told',
  });
  expect(counted.get(organisationId)?.at(-1)).toBe(`${song.eventName}: acct_1`);
});

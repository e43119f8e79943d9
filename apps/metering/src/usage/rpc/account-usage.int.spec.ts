import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { encodeConsistencyToken } from '@billingrails/bus';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleEvent } from '../../testing/oracle/oracle';
import { refusalOf, startService, type Service } from '../../testing/service';
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

const NOON = Date.UTC(2024, 2, 30, 12);
const HOUR_MS = 3_600_000;
const profile = { eventName: 'Call', property: ['seconds'], filters: [] };

function call(organisationId: string, n: number): OracleEvent {
  return {
    ...{ organisationId, accountId: 'acct_1', eventName: 'Call', key: `k${n}` },
    ...{ timestampMs: NOON + n, properties: JSON.stringify({ seconds: n, song: n % 2 }) },
  };
}

test('several usages of an account and the events in them are answered together, with the events of a token', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, [
    { ...profile, method: 'sum' },
    { ...profile, method: 'max' },
    { ...profile, method: 'count_unique', property: ['song'] },
  ]);
  const seqs = await harness.publish([1, 2, 3].map((n) => call(organisationId, n)));
  const { usage } = service.as(organisationId);
  const of = (code: string | undefined, fromMs: number, untilMs: number) => ({
    ...{ meterId: meter.id, profile: code ?? '' },
    ...{ startTime: timestampFromMs(fromMs), endTime: timestampFromMs(untilMs) },
  });
  const [sum, max, unique] = meter.profiles.map(({ code }) => code);
  const answer = await usage.queryAccountUsage({
    accountId: 'acct_1',
    questions: [
      of(sum, NOON, NOON + HOUR_MS),
      of(sum, NOON + 2, NOON + 3),
      of(max, NOON, NOON + HOUR_MS),
      of(unique, NOON, NOON + HOUR_MS),
      of(max, NOON - HOUR_MS, NOON),
    ],
    idempotencyKeys: ['k1', 'k3', 'k4', 'k1'],
    consistencyToken: encodeConsistencyToken(seqs),
  });
  expect(answer.usages.map(({ value }) => value)).toEqual(['6', '2', '3', '2', '']);
  expect(answer.usages.map(({ eventCount }) => eventCount)).toEqual([3n, 1n, 3n, 3n, 0n]);
  const known = answer.knownEvents.map(({ idempotencyKey, eventTime }) => [
    ...[idempotencyKey, eventTime],
  ]);
  expect(known.sort()).toEqual([
    ['k1', timestampFromMs(NOON + 1)],
    ['k3', timestampFromMs(NOON + 3)],
  ]);
});

test('all that is wrong with a question is answered by its path', async () => {
  const { usage } = service.as(newOrganisation());
  const asked = {
    ...{ meterId: 'mtr_none', timeZone: 'Mars' },
    ...{ startTime: timestampFromMs(NOON), endTime: timestampFromMs(NOON) },
  };
  const refusal = await refusalOf(
    usage.queryAccountUsage({ accountId: 'no account', questions: [asked] }),
  );
  expect(refusal).toMatchObject({
    code: 'InvalidArgument',
    fields: ['account_id', 'questions[0].end_time', 'questions[0].time_zone'],
  });
});

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { encodeConsistencyToken } from '@billingrails/bus';
import { randomSeed, seededRandom, waitFor } from '@billingrails/testing';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleEvent } from '../../testing/oracle/oracle';
import { refusalOf, startService, type Service } from '../../testing/service';
import { newOrganisation } from '../../testing/story';

let harness: Harness;
let service: Service;
beforeAll(async () => {
  harness = await startHarness({ monitorCommands: true });
  service = await startService(harness);
});
afterAll(async () => {
  await service.close();
  await harness.close();
});

const NOON = Date.UTC(2024, 2, 30, 12);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
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

test('what is kept of an account is not read again until its past has changed', async () => {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, [{ ...profile, method: 'sum' }]);
  const { usage } = service.as(organisationId);
  const nowMs = Date.now();
  let meterReads = 0;
  harness.mongo.client.on('commandStarted', ({ command }) => {
    const { find, filter } = command as { find?: string; filter?: { _id?: unknown } };
    if (find === 'meters' && filter?._id === meter.id) meterReads += 1;
  });
  /** What is answered, and whether the meter was read for it. */
  const ask = async (consistencyToken = '') => {
    const before = meterReads;
    const answer = await usage.queryAccountUsage({
      accountId: 'acct_1',
      questions: [
        {
          ...{ meterId: meter.id, profile: meter.profiles[0]?.code ?? '' },
          startTime: timestampFromMs(nowMs - 20 * DAY_MS),
          endTime: timestampFromMs(nowMs - 3 * DAY_MS),
        },
      ],
      consistencyToken,
    });
    return [answer.usages[0]?.value, meterReads > before];
  };
  const send = async (n: number, agoMs: number) => {
    const event = { ...call(organisationId, n), timestampMs: nowMs - agoMs };
    const seqs = await harness.publish([event]);
    await harness.applied(seqs);
    return encodeConsistencyToken(seqs);
  };
  await ask(await send(1, 4 * DAY_MS));
  // Nothing is kept before the new profile has looked for earlier events.
  await waitFor(async () => !(await ask())[1], { what: 'what was used to be kept' });
  expect(await ask()).toEqual(['1', false]);
  expect(await ask(await send(2, 100))).toEqual(['1', false]);
  expect(await ask(await send(3, 5 * DAY_MS))).toEqual(['4', true]);
  expect(await ask()).toEqual(['4', false]);
});

test('what is closed and kept, with what is open, is what the whole period comes to, whatever has come meanwhile', async () => {
  const organisationId = newOrganisation();
  const methods = ['sum', 'max', 'latest', 'count', 'average', 'count_unique', 'time_weighted_sum'];
  const meter = await harness.createMeter(
    organisationId,
    methods.map((method) => ({ ...profile, method: method as 'sum' })),
  );
  const { usage } = service.as(organisationId);
  const accounts = ['acct_1', 'acct_2', 'acct_3'];
  const seed = randomSeed();
  const random = seededRandom(seed);
  const pick = <T>(of: readonly T[]) => of[Math.floor(random() * of.length)] as T;
  const startMs = Date.now();
  /** Around the present most often, also ahead of it, and back to weeks ago. */
  const agoMs = () =>
    Math.floor(pick([HOUR_MS, 3 * HOUR_MS, 50 * HOUR_MS, 600 * HOUR_MS]) * random());
  const starts = [startMs - agoMs(), startMs - 30 * HOUR_MS, startMs - 20 * 24 * HOUR_MS - 7];
  const ends = [startMs, startMs + 1, startMs + HOUR_MS / 2, startMs - 70 * HOUR_MS];
  const sent: OracleEvent[] = [];
  for (let step = 0; step < STEPS; step += 1) {
    const events = Array.from({ length: 4 }, (_, n): OracleEvent => {
      const timestampMs = startMs - agoMs() + pick([0, 0, HOUR_MS / 4]);
      const event = call(organisationId, step * 10 + n);
      return { ...event, accountId: pick(accounts), timestampMs };
    });
    sent.push(...events);
    const { accountId, key } = pick(sent);
    const taken = { organisationId, accountId, key, correctionId: `c${step}`, amended: undefined };
    const voids = step % 3 === 0 ? [{ ...taken, receiveTimeMs: startMs }] : [];
    const consistencyToken = encodeConsistencyToken(await harness.publish([...events, ...voids]));
    const asked = Array.from({ length: 6 }, () => {
      const { code } = pick(meter.profiles);
      const [fromMs, untilMs] = [pick(starts), pick(ends)];
      const times = {
        startTime: timestampFromMs(Math.min(fromMs, untilMs - 1)),
        endTime: timestampFromMs(untilMs),
      };
      return { meterId: meter.id, profile: code, accountId: pick(accounts), ...times };
    });
    const request = { accountId: 'acct_1', questions: asked, consistencyToken };
    const { usages } = await usage.queryAccountUsage(request);
    for (const [index, { accountId: of, ...question }] of asked.entries()) {
      const { rows } = await usage.queryUsage({ ...question, accountIds: [of] });
      const [told, row] = [usages[index], rows[0]];
      const where = { seed, step, of, ...question };
      expect({ ...where, value: told?.value, count: told?.eventCount }).toEqual({
        ...{ ...where, value: row?.value, count: row?.eventCount },
      });
    }
  }
});

const STEPS = 15;

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type {
  UsageDifference,
  VerifyUsageResponse,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import { PATIENCE_MS } from '@billingrails/testing';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Document } from 'mongodb';
import type { Meter } from '../../meters/domain/meter';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleProfile } from '../../testing/oracle/oracle';
import { refusalOf, startService, type Service } from '../../testing/service';
import { settleAll } from '../../testing/settle';
import { expectStory, newOrganisation, STORY_PROFILES, storyEvents } from '../../testing/story';
import { followTransactions } from '../../testing/transactions';
import { RECOUNT_STEP } from '../use-cases/recount-day';

let harness: Harness;
let service: Service;
let transactions: ReturnType<typeof followTransactions>;

beforeAll(async () => {
  harness = await startHarness({ monitorCommands: true });
  transactions = followTransactions(harness.mongo.client);
  service = await startService(harness);
});

afterAll(async () => {
  await service.close();
  await harness.close();
});

/** The days of the story's events, and more. */
const RANGE = {
  startTime: timestampFromMs(Date.UTC(2024, 4, 1)),
  endTime: timestampFromMs(Date.UTC(2024, 6, 1)),
};
const FAST = { ...RANGE, daysPerSecondMax: 100_000 };
const LONG = { timeoutMs: PATIENCE_MS };

interface Asked {
  readonly meterId?: string;
  readonly accountIds?: string[];
  readonly endTime?: typeof RANGE.endTime;
}

async function verify(organisationId: OrganisationId, asked: Asked = {}) {
  const { usage } = service.as(organisationId);
  return allOf(usage.verifyUsage({ ...FAST, ...asked }, LONG));
}

async function repair(organisationId: OrganisationId) {
  const { usage } = service.as(organisationId);
  return allOf(verifications(usage.repairUsage(FAST, LONG)));
}

async function* verifications(
  answers: AsyncIterable<{ verification?: VerifyUsageResponse | undefined }>,
) {
  for await (const { verification } of answers) if (verification !== undefined) yield verification;
}

/** All differences, and what the last message said. */
async function allOf(answers: AsyncIterable<VerifyUsageResponse>) {
  const differences: UsageDifference[] = [];
  let last: VerifyUsageResponse | undefined;
  for await (const answer of answers) {
    differences.push(...answer.differences);
    last = answer;
  }
  expect(last?.done).toBe(true);
  expect(Number(last?.differenceCount)).toBe(differences.length);
  const { bucketCount, eventCount } = last ?? {};
  return { differences, bucketCount: Number(bucketCount), eventCount: Number(eventCount) };
}

/** Of few accounts: each of their days has buckets of every profile. */
function eventsOf(organisationId: string, count: number, seed: number) {
  const ours = ['acct_1', 'acct_2', 'acct_3', 'acct_4'];
  const events = storyEvents(organisationId, count * 6, seed);
  return events.filter(({ accountId }) => ours.includes(accountId));
}

async function metered(seed: number, count = 60) {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, STORY_PROFILES);
  const events = eventsOf(organisationId, count, seed);
  await harness.applied(await harness.publish(events));
  await settleAll(harness);
  return { organisationId, meter, events };
}

/** Damages the buckets of a profile in one way or another; gives how many there are. */
async function damage({ organisationId, profiles }: Meter, index: number, update: Document) {
  const number = profiles[index]?.number;
  const days = harness.mongo.db.collection('usage_days');
  const { modifiedCount } = await days.updateMany({ o: organisationId, p: number }, update);
  expect(modifiedCount).toBeGreaterThan(0);
}

describe('a verification of usage', () => {
  test('finds nothing where buckets are what the events say, and tells how much it looked at', async () => {
    const { organisationId } = await metered(1);
    const { differences, bucketCount, eventCount } = await verify(organisationId);
    expect(differences).toEqual([]);
    expect(bucketCount).toBeGreaterThan(50);
    expect(eventCount).toBeGreaterThan(30);
  });

  test('names each bucket that differs, hour and day, with both of what they say', async () => {
    const { organisationId, meter } = await metered(2);
    const [one] = await harness.mongo.db
      .collection('usage_days')
      .find({ o: organisationId, p: meter.profiles[1]?.number })
      .toArray();
    if (one === undefined) throw new Error('There is a bucket.');
    const hour = Object.keys(one['h'] as Document)[0] ?? '';
    const [inHour, inDay] = [Number(one['h'][hour].n), Number(one['n'])];
    const more = { $inc: { n: 1, [`h.${hour}.n`]: 1 } };
    await harness.mongo.db.collection('usage_days').updateOne({ _id: one._id }, more);
    const accountIds: string[] = [one['a']];
    const { differences } = await verify(organisationId, { meterId: meter.id, accountIds });
    const dayMs = Number(one['d']) * 86_400_000;
    const bucket = { meterId: meter.id, profile: 'p1', version: 1, accountId: one['a'] };
    expect(differences).toMatchObject([
      {
        ...bucket,
        startTime: timestampFromMs(dayMs + Number(hour) * 3_600_000),
        isDay: false,
        stored: `${inHour + 1} events`,
        expected: `${inHour} events`,
      },
      {
        ...bucket,
        startTime: timestampFromMs(dayMs),
        isDay: true,
        stored: `${inDay + 1} events`,
        expected: `${inDay} events`,
      },
    ]);
    const other = ['acct_1', 'acct_2'].filter((account) => account !== one['a']).slice(0, 1);
    expect((await verify(organisationId, { accountIds: other })).differences).toEqual([]);
  });

  test('looks only at the caller’s own organisation', async () => {
    const { meter } = await metered(3);
    await damage(meter, 0, { $inc: { n: 1 } });
    expect(await verify(newOrganisation())).toMatchObject({ differences: [], bucketCount: 0 });
    const refusal = await refusalOf(verify(newOrganisation(), { meterId: meter.id }));
    expect(refusal).toMatchObject({ code: 'NotFound', reason: 'METER_NOT_FOUND' });
  });

  test('tells its progress while it goes slowly, and goes on while events are counted', async () => {
    const { organisationId, meter, events } = await metered(4);
    const { usage } = service.as(organisationId);
    const slow = { ...RANGE, daysPerSecondMax: 4, meterId: meter.id };
    const counts: number[] = [];
    const more = eventsOf(organisationId, 50, 5);
    const publishing = harness.publish(more).then((seqs) => harness.applied(seqs));
    for await (const { bucketCount, done, differences } of usage.verifyUsage(slow, LONG)) {
      expect(differences).toEqual([]);
      if (!done) counts.push(Number(bucketCount));
    }
    await publishing;
    expect(counts.length).toBeGreaterThan(0);
    expect(counts).toEqual([...counts].sort((a, b) => a - b));
    await expectStory(harness, meter, [...events, ...more]);
  });

  test('ends before the deadline of its caller, and goes on where it stood, telling each difference once', async () => {
    const { organisationId, meter } = await metered(8);
    await damage(meter, 0, { $inc: { n: 1 } });
    await damage(meter, 2, { $inc: { n: 1 } });
    const whole = await verify(organisationId);
    expect(whole.differences.length).toBeGreaterThan(4);
    const { usage } = service.as(organisationId);
    const found: UsageDifference[] = [];
    let [calls, done, resumeToken, bucketCount, timeoutMs] = [0, false, '', 0, 1_500];
    while (!done) {
      const goneOnWith = resumeToken;
      let counted = 0;
      try {
        // So slow that the first call does not come to the end of it.
        const request = { ...RANGE, daysPerSecondMax: 4, resumeToken };
        for await (const step of usage.verifyUsage(request, { timeoutMs })) {
          found.push(...step.differences);
          ({ done, resumeToken } = step);
          counted = Number(step.bucketCount);
        }
      } catch (error) {
        // On a machine where one day takes longer than that.
        expect(ConnectError.from(error).code).toBe(Code.DeadlineExceeded);
      }
      if (resumeToken === goneOnWith && !done) timeoutMs *= 2;
      bucketCount += counted;
      calls += 1;
    }
    expect(calls).toBeGreaterThan(1);
    expect(found).toEqual(whole.differences);
    expect(bucketCount).toBe(whole.bucketCount);
  });

  test('goes on for named accounts only with a token of the same request', async () => {
    const { organisationId, meter } = await metered(9);
    const { usage } = service.as(organisationId);
    const asked = { ...FAST, meterId: meter.id, accountIds: ['acct_2', 'acct_1'] };
    const whole = await allOf(usage.verifyUsage(asked));
    let resumeToken = '';
    let before = 0;
    for await (const step of usage.verifyUsage({ ...asked, daysPerSecondMax: 1 })) {
      ({ resumeToken } = step);
      before = Number(step.bucketCount);
      if (resumeToken !== '') break;
    }
    const rest = await allOf(usage.verifyUsage({ ...asked, resumeToken }));
    expect(before + rest.bucketCount).toBe(whole.bucketCount);
    const refusal = { code: 'InvalidArgument', reason: 'RESUME_TOKEN_INVALID' };
    for (const other of [
      { ...asked, accountIds: ['acct_1'] },
      { ...asked, meterId: '' },
    ]) {
      expect(await refusalOf(allOf(usage.verifyUsage({ ...other, resumeToken })))).toMatchObject({
        ...refusal,
        fields: ['resume_token'],
      });
    }
    const rubbish = allOf(usage.repairUsage({ ...asked, resumeToken: 'x' }) as never);
    expect(await refusalOf(rubbish)).toMatchObject(refusal);
  });

  test('of a range that is none, or of accounts that are none, is refused by field', async () => {
    const refusal = await refusalOf(
      verify(newOrganisation(), { endTime: RANGE.startTime, accountIds: ['a b'] }),
    );
    expect(refusal).toMatchObject({
      code: 'InvalidArgument',
      reason: 'VERIFICATION_INVALID',
      fields: ['account_ids[0]', 'end_time'],
    });
  });
});

describe('a repair of usage', () => {
  test('mends damaged buckets of every method, while events go on to be counted', async () => {
    const { organisationId, meter, events } = await metered(6);
    const ways: Document[] = [{ $inc: { n: 1 } }, { $unset: { h: 1 } }, { $set: { n: 0, h: {} } }];
    for (const [index, { method }] of STORY_PROFILES.entries()) {
      const way = method === 'max' ? { $unset: { m: 1 } } : ways[index % ways.length];
      await damage(meter, index, way ?? {});
    }
    const { db } = harness.mongo;
    await db.collection('usage_days').deleteMany({ o: organisationId, a: 'acct_3' });
    await db.collection('unique_days').deleteMany({ o: organisationId, a: 'acct_4' });
    const more = eventsOf(organisationId, 100, 7);
    const publishing = harness.publish(more).then((seqs) => harness.applied(seqs));
    const { differences } = await repair(organisationId);
    await publishing;
    expect(new Set(differences.map(({ profile }) => profile)).size).toBe(STORY_PROFILES.length);
    expect((await verify(organisationId)).differences).toEqual([]);
    await expectStory(harness, meter, [...events, ...more]);
    expect((await repair(organisationId)).differences).toEqual([]);
  });

  test('of a day of 1,000 groups under two profiles mends it, in steps of bounded work', async () => {
    const organisationId = newOrganisation();
    const byGroup = { ...STORY_PROFILES[2], groupBy: [['g']] } as OracleProfile;
    const meter = await harness.createMeter(organisationId, [byGroup, byGroup]);
    const events = Array.from({ length: 1_000 }, (_, n) => ({
      ...{ organisationId, accountId: 'acct_1', eventName: byGroup.eventName, key: `k${n}` },
      timestampMs: Date.UTC(2024, 4, 31, 7),
      properties: JSON.stringify({ song: n % 3, g: n }),
    }));
    for (let from = 0; from < 1_000; from += 250) {
      await harness.applied(await harness.publish(events.slice(from, from + 250)));
    }
    await damage(meter, 0, { $inc: { n: 1 } });
    await harness.mongo.db
      .collection('unique_days')
      .deleteMany({ o: organisationId, p: meter.profiles[1]?.number });
    const before = transactions().length;
    const { differences } = await repair(organisationId);
    // Of one profile each day's total; of the other each hour's values and the day's.
    expect(differences).toHaveLength(1_000 + 2_000);
    const steps = transactions()
      .slice(before)
      .filter(({ into }) => into.has('usage_days'));
    expect(steps.length).toBeGreaterThan(2);
    for (const { written } of steps) expect(written).toBeLessThan(RECOUNT_STEP.bucketCount * 4);
    expect((await verify(organisationId)).differences).toEqual([]);
  });
});

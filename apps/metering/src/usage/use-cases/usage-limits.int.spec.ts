import type { AccountId } from '@billingrails/ids';
import { startHarness, type Harness } from '../../testing/harness';
import { runLanes, type RunningLanes } from '../../testing/lanes';
import type { OracleProfile } from '../../testing/oracle/oracle';
import { newOrganisation } from '../../testing/story';
import { explainUsage } from './explain-usage';
import { readUsage, type UsageLimits } from './read-usage';

let harness: Harness;
let lanes: RunningLanes;

beforeAll(async () => {
  harness = await startHarness();
  lanes = await runLanes(harness);
});

afterAll(async () => {
  await lanes.stop();
  await harness.close();
});

const HOUR_MS = 3_600_000;
const START_MS = Date.UTC(2024, 2, 1);
const accountId = 'acct_1' as AccountId;
const profile: OracleProfile = {
  ...{ eventName: 'Call', method: 'sum', property: ['seconds'], filters: [] },
};

/** Ten events, an hour after the other, five of them known at START_MS, and a way to ask for their usage. */
async function tenEvents(of: OracleProfile) {
  const organisationId = newOrganisation();
  const meter = await harness.createMeter(organisationId, [of]);
  const events = Array.from({ length: 10 }, (_, n) => ({
    ...{ organisationId, accountId, eventName: 'Call', key: `k${n}` },
    timestampMs: START_MS + n * HOUR_MS,
    receiveTimeMs: START_MS + (n < 5 ? 0 : 1),
    properties: '{"seconds":1}',
  }));
  await harness.applied(await harness.publish(events));
  const named = { organisationId: meter.organisationId, meterId: meter.id, profileCode: '' };
  const period = { startMs: START_MS, endMs: START_MS + 10 * HOUR_MS };
  return {
    async query(limits: UsageLimits, knownAtMs?: number) {
      const windows = [period];
      const query = { ...named, accounts: [accountId], windows, knownAtMs, limits };
      return (await readUsage(harness.mongo, query)).rows[0]?.value;
    },
    async explain(limits: UsageLimits, knownAtMs?: number) {
      let value: string | undefined;
      const query = { ...named, accountId, period, timeZone: 'UTC', group: undefined };
      const asked = { ...query, decidingOnly: false, knownAtMs, limits };
      for await (const part of explainUsage(harness.mongo, asked)) {
        if ('value' in part) value = part.value;
      }
      return value;
    },
  };
}

describe.each(['query', 'explain'] as const)('of the quantity that is asked for by %s', (ask) => {
  test('as it was known is worked out from as many events as the limit, and refused beyond', async () => {
    const usage = await tenEvents(profile);
    expect(await usage[ask]({ eventsMax: 5 }, START_MS)).toBe('5');
    const refused = { kind: 'precondition', reason: 'USAGE_EVENTS_TOO_MANY' };
    await expect(usage[ask]({ eventsMax: 4 }, START_MS)).rejects.toMatchObject(refused);
    // What buckets tell costs no events.
    expect(await usage[ask]({ eventsMax: 0 })).toBe('10');
  });

  test('the parts that the profile aggregates by are as many as the limit, and refused beyond', async () => {
    const usage = await tenEvents({ ...profile, timeWindow: 'hour' });
    expect(await usage[ask]({ partsMax: 10 })).toBe('10');
    await expect(usage[ask]({ partsMax: 9 })).rejects.toMatchObject({
      ...{ kind: 'invalid', reason: 'USAGE_QUERY_INVALID' },
      violations: [
        {
          field: 'end_time',
          description:
            'must leave at most 9 hours, by which the profile aggregates, after start_time',
        },
      ],
    });
  });
});

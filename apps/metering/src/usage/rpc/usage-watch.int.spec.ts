import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  UsageService,
  type WatchUsageResponse,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS } from '@billingrails/testing';
import type { Meter } from '../../meters/domain/meter';
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

const START = Date.UTC(2024, 2, 30);
const count = { eventName: 'Call', method: 'count', property: [], filters: [] };

function call(organisationId: string, n: number): OracleEvent {
  return {
    ...{ organisationId, accountId: 'acct_1', eventName: 'Call', key: `call ${n}` },
    timestampMs: START + n,
    properties: '{}',
  };
}

function queryOf(meter: Meter) {
  return {
    meterId: meter.id,
    startTime: timestampFromMs(START),
    endTime: timestampFromMs(START + 3_600_000),
    accountIds: ['acct_1'],
  };
}

function countIn({ usage }: WatchUsageResponse): number {
  return Number(usage?.rows[0]?.eventCount);
}

describe('a watch of usage', () => {
  test('answers at once, and again when usage has changed, no oftener than the interval', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const watching = service
      .as(organisationId)
      .usage.watchUsage({ query: queryOf(meter), intervalMs: 200 }, { timeoutMs: PATIENCE_MS });
    const counts: number[] = [];
    const timesMs: number[] = [];
    let publishing: Promise<unknown> = Promise.resolve();
    for await (const answer of watching) {
      counts.push(countIn(answer));
      timesMs.push(Number(answer.readTime?.seconds) * 1_000 + (answer.readTime?.nanos ?? 0) / 1e6);
      if (counts.length === 1) {
        publishing = (async () => {
          for (let n = 0; n < 50; n += 1) await harness.publish([call(organisationId, n)]);
        })();
      }
      if (counts.at(-1) === 50) break;
    }
    await publishing;
    expect(counts[0]).toBe(0);
    // Each answer is another one, and what came between two of them is told together.
    expect(counts).toEqual([...new Set(counts)].sort((a, b) => a - b));
    for (const [index, timeMs] of timesMs.slice(1).entries()) {
      expect(timeMs - (timesMs[index] ?? 0)).toBeGreaterThanOrEqual(199);
    }
  });

  test('sees what other replicas count', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const other = await startService(harness);
    try {
      const watches = [service, other].map(async (replica) => {
        const watching = replica
          .as(organisationId)
          .usage.watchUsage({ query: queryOf(meter), intervalMs: 100 }, { timeoutMs: PATIENCE_MS });
        for await (const answer of watching) if (countIn(answer) === 1) return true;
        return false;
      });
      await harness.publish([call(organisationId, 0)]);
      expect(await Promise.all(watches)).toEqual([true, true]);
    } finally {
      await other.close();
    }
  });

  test('ends at the deadline of the call', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const watching = service
      .as(organisationId)
      .usage.watchUsage({ query: queryOf(meter) }, { timeoutMs: 6_000 });
    const counts: number[] = [];
    const ending = (async () => {
      for await (const answer of watching) counts.push(countIn(answer));
    })();
    await ending.catch(() => undefined);
    expect(counts).toEqual([0]);
  });

  test('ends at once when the process closes', async () => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const closing = await startService(harness);
    const url = `dns:///${new URL(closing.address).host}`;
    const { client, close } = createRpcClient(UsageService, {
      ...{ url, key: organisationId },
      defaultTimeoutMs: PATIENCE_MS,
    });
    const counts: number[] = [];
    for await (const answer of client.watchUsage({ query: queryOf(meter) })) {
      counts.push(countIn(answer));
      await closing.close();
    }
    close();
    expect(counts).toEqual([0]);
  });

  test.each([
    [
      'an instant at which it was known',
      { knownAt: timestampFromMs(START) },
      1_000,
      'query.known_at',
    ],
    ['less than 100 ms', {}, 99, 'interval_ms'],
  ])('is refused with %s', async (_what, change, intervalMs, field) => {
    const organisationId = newOrganisation();
    const meter = await harness.createMeter(organisationId, [count]);
    const watching = service
      .as(organisationId)
      .usage.watchUsage({ query: { ...queryOf(meter), ...change }, intervalMs });
    const calling = (async () => {
      for await (const _answer of watching) break;
    })();
    expect(await refusalOf(calling)).toMatchObject({ code: 'InvalidArgument', fields: [field] });
  });
});

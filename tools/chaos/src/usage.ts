import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import {
  AggregationMethod,
  type Meter,
} from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS } from '@billingrails/testing';
import type { Platform } from '@billingrails/stack';
import { EVENT_NAME, month } from './load';
import type { Expected } from './oracle';

const inRegion = { property: 'region', operator: 'eq', value: 'eu' };

/** The meter that the load is counted by: a profile for each figure of the oracle. */
export async function createLoadMeter(platform: Platform): Promise<Meter> {
  const { client, close } = createRpcClient(MeterService, {
    url: platform.urls.metering,
    key: platform.key,
    defaultTimeoutMs: PATIENCE_MS,
  });
  const { meter } = await client.createMeter({
    name: EVENT_NAME,
    eventName: EVENT_NAME,
    profiles: [
      { code: 'count', name: 'Count', aggregationMethod: AggregationMethod.COUNT },
      ofBytes('sum', AggregationMethod.SUM),
      ofBytes('max', AggregationMethod.MAX),
      {
        code: 'eu',
        name: 'In the EU',
        aggregationMethod: AggregationMethod.COUNT,
        filters: [
          {
            property: stringValue(inRegion.property),
            operator: inRegion.operator,
            value: stringValue(inRegion.value),
          },
        ],
      },
    ],
    requestId: 'load-meter',
  });
  close();
  if (!meter) throw new Error('The meter was not returned.');
  return meter;
}

/** The month's usage by account, with every acknowledged event counted. */
export async function usageByAccount(
  platform: Platform,
  meter: Meter,
): Promise<Map<string, Expected>> {
  const { client, close } = createRpcClient(UsageService, {
    url: platform.urls.metering,
    key: platform.key,
    defaultTimeoutMs: PATIENCE_MS,
  });
  const values = async (profile: string): Promise<Map<string, string>> => {
    const { rows } = await client.queryUsage({
      meterId: meter.id,
      profile,
      startTime: timestampFromMs(month.startMs),
      endTime: timestampFromMs(month.endMs),
      waitForAcknowledged: true,
      pageSize: 1000,
    });
    return new Map(rows.map((row) => [row.accountId, row.value]));
  };
  const counts = await values('count');
  const sums = await values('sum');
  const maxima = await values('max');
  const eu = await values('eu');
  close();
  return new Map(
    [...counts].map(([account, count]) => [
      account,
      {
        count: Number(count),
        sum: sums.get(account) ?? '',
        euCount: Number(eu.get(account) ?? '0'),
        max: maxima.get(account) ?? '',
      },
    ]),
  );
}

function ofBytes(code: string, aggregationMethod: AggregationMethod) {
  return { code, name: code, aggregationMethod, aggregationProperty: 'bytes' };
}

function stringValue(value: string) {
  return { kind: { case: 'stringValue' as const, value } };
}

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import {
  UsageService,
  type UsageDifference,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import type { Platform } from '@billingrails/stack';
import { month } from './load';

/** What metering itself finds different between its buckets and the events they are made of. */
export async function differencesFound(
  platform: Platform,
  meter: Meter,
): Promise<UsageDifference[]> {
  const { client, close } = createRpcClient(UsageService, {
    url: platform.urls.metering,
    key: platform.key,
    defaultTimeoutMs: 30_000,
  });
  const differences: UsageDifference[] = [];
  let done = false;
  let bucketCount = 0n;
  const verification = client.verifyUsage({
    meterId: meter.id,
    startTime: timestampFromMs(month.startMs),
    endTime: timestampFromMs(month.endMs),
    daysPerSecondMax: 1_000_000,
  });
  for await (const step of verification) {
    differences.push(...step.differences);
    ({ done, bucketCount } = step);
  }
  close();
  if (!done || bucketCount === 0n) throw new Error('The verification ended before its end.');
  return differences;
}

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import {
  UsageService,
  type UsageDifference,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
import { PATIENCE_MS } from '@billingrails/testing';
import type { Platform } from '@billingrails/stack';
import { month } from './load';

/** What metering itself finds different between the accounts' buckets and the events they are made of. */
export async function differencesFound(
  platform: Platform,
  meter: Meter,
  accountIds: Iterable<string>,
): Promise<UsageDifference[]> {
  const { client, close } = createRpcClient(UsageService, {
    url: platform.urls.metering,
    key: platform.key,
    defaultTimeoutMs: PATIENCE_MS,
  });
  const differences: UsageDifference[] = [];
  const request = {
    meterId: meter.id,
    accountIds: [...accountIds],
    startTime: timestampFromMs(month.startMs),
    endTime: timestampFromMs(month.endMs),
    daysPerSecondMax: 1_000_000,
  };
  let [done, resumeToken, bucketCount] = [false, '', 0n];
  // In as many calls as it takes, however slow the machine: each goes on where the one before ended.
  while (!done) {
    let counted = 0n;
    for await (const step of client.verifyUsage({ ...request, resumeToken })) {
      differences.push(...step.differences);
      ({ done, resumeToken, bucketCount: counted } = step);
    }
    bucketCount += counted;
  }
  close();
  if (bucketCount === 0n) throw new Error('There was nothing to verify.');
  return differences;
}

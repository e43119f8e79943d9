import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Meter } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import {
  UsageService,
  type UsageDifference,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { createRpcClient } from '@billingrails/rpc';
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
    defaultTimeoutMs: 30_000,
  });
  const differences: UsageDifference[] = [];
  // One account a call, so that each is done well before its deadline, also on a slow machine.
  for (const accountId of accountIds) {
    let done = false;
    const verification = client.verifyUsage({
      meterId: meter.id,
      accountIds: [accountId],
      startTime: timestampFromMs(month.startMs),
      endTime: timestampFromMs(month.endMs),
      daysPerSecondMax: 1_000_000,
    });
    for await (const step of verification) {
      differences.push(...step.differences);
      done = step.done && step.bucketCount > 0n;
    }
    if (!done) throw new Error(`The verification of ${accountId} ended before its end.`);
  }
  close();
  return differences;
}

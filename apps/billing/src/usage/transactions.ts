import type { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { decimal } from '@billingrails/money';
import type { Transactions } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { CallOptions, Client } from '@connectrpc/connect';
import { meteringError } from './metering-error';
import type { UsageQuestion } from './metering';

/**
 * What each event of a profile that sums brought to the usage: how many of them brought each amount, so that a month of
 * many events is small where their amounts are alike.
 */
export async function askTransactions(
  usages: Client<typeof UsageService>,
  { accountId, meterProfile, period, timeZone }: UsageQuestion,
  options: CallOptions,
): Promise<Transactions[]> {
  const request = {
    meterId: meterProfile.meterId,
    profile: meterProfile.profile,
    accountId,
    startTime: toTimestamp(period.startMs),
    endTime: toTimestamp(period.endMs),
    timeZone,
  };
  const counts = new Map<string, bigint>();
  try {
    for await (const { events } of usages.explainUsage(request, options))
      for (const { value } of events) counts.set(value, (counts.get(value) ?? 0n) + 1n);
  } catch (error) {
    throw meteringError(error);
  }
  return [...counts].map(([value, count]) => ({ amount: decimal(value), count }));
}

import type { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { TransactionCounter, type Transactions } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { CallOptions, Client } from '@connectrpc/connect';
import { meteringError } from './metering-error';
import type { TransactionsQuestion } from './metering';

/**
 * What each event of a profile that sums brought to the usage: how many of them brought each amount, in their order as
 * far as it decides what is free.
 */
export async function askTransactions(
  usages: Client<typeof UsageService>,
  { accountId, meterProfile, period, timeZone, free }: TransactionsQuestion,
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
  const counter = new TransactionCounter(free);
  try {
    for await (const { events } of usages.explainUsage(request, options))
      for (const { value } of events) counter.add(value);
  } catch (error) {
    throw meteringError(error);
  }
  return counter.transactions;
}

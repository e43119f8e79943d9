import type { ReRateScope } from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import { assert } from '@billingrails/errors';
import { fromTimestamp } from '@billingrails/rpc';

/** Which accounts, subscriptions and cycles are looked at. */
export interface Chosen {
  /** Empty: all. */
  readonly accountIds: readonly string[];
  /** Empty: all of the accounts. */
  readonly subscriptionIds: readonly string[];
  /** From the cycle that holds it; unset: from the first. */
  readonly startMs?: number;
  /** Cycles that begin before it; unset: all. */
  readonly endMs?: number;
}

/** Which accounts, subscriptions and cycles a request names. */
export function chosenFromProto(scope: ReRateScope | undefined): Chosen {
  assert(scope !== undefined, 'the contract requires a scope');
  const { accountIds, subscriptionIds, startTime, endTime } = scope;
  return {
    ...{ accountIds, subscriptionIds },
    ...(startTime === undefined ? {} : { startMs: fromTimestamp(startTime, 'scope.start_time') }),
    ...(endTime === undefined ? {} : { endMs: fromTimestamp(endTime, 'scope.end_time') }),
  };
}

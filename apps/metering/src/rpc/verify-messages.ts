import type {
  RepairUsageRequest,
  VerifyUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert, invalid, type Violation } from '@billingrails/errors';
import { isAccountId, type AccountId } from '@billingrails/ids';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { NO_GROUP } from '../domain/group';
import { DAY_MS, dayOf, HOUR_MS } from '../domain/hours';
import type { Meter } from '../domain/meter';
import type { DayRange } from '../domain/usage-cuts';
import type { UsageDifference } from '../domain/usage-difference';
import { toGroup } from './usage-messages';

/** Which days to compare. */
export interface VerifyRequest extends DayRange {
  /** Empty for all. */
  readonly accountIds: readonly AccountId[];
  readonly daysPerSecondMax: number;
}

const DAYS_PER_SECOND_DEFAULT = 200;

/** Reads the request. Throws `invalid` with everything that is wrong with it. */
export function readVerifyRequest(request: VerifyUsageRequest | RepairUsageRequest): VerifyRequest {
  const { startTime, endTime } = request;
  assert(startTime !== undefined && endTime !== undefined, 'the contract requires both times');
  const startMs = fromTimestamp(startTime, 'start_time');
  const endMs = fromTimestamp(endTime, 'end_time');
  const violations: Violation[] = request.accountIds.flatMap((id, index) =>
    isAccountId(id)
      ? []
      : [{ field: `account_ids[${index}]`, description: 'is not the id of an account' }],
  );
  if (endMs <= startMs)
    violations.push({ field: 'end_time', description: 'must be after start_time' });
  if (violations.length > 0) {
    throw invalid('VERIFICATION_INVALID', 'The days to compare are not told well.', violations);
  }
  return {
    accountIds: request.accountIds.filter(isAccountId),
    fromDay: dayOf(startMs),
    toDay: dayOf(endMs - 1) + 1,
    daysPerSecondMax: request.daysPerSecondMax || DAYS_PER_SECOND_DEFAULT,
  };
}

/** A difference as it is answered. */
export function toDifference(
  { id: meterId, profiles }: Meter,
  { accountId, profile: number, group, day, hour, stored, expected }: UsageDifference,
) {
  const profile = profiles.find((candidate) => candidate.number === number);
  return {
    meterId,
    profile: profile?.code ?? '',
    version: profile?.version ?? 0,
    accountId,
    ...(group === NO_GROUP ? {} : { group: toGroup(group) }),
    startTime: toTimestamp(day * DAY_MS + (hour ?? 0) * HOUR_MS),
    isDay: hour === undefined,
    stored,
    expected,
  };
}

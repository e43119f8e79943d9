import type {
  RepairUsageRequest,
  VerifyUsageRequest,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert, invalid, type Violation } from '@billingrails/errors';
import { isAccountId } from '@billingrails/ids';
import { decodePageToken, encodePageToken, fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { NO_GROUP } from '../../domain/group';
import { DAY_MS, dayOf, HOUR_MS } from '../../domain/hours';
import { versionsOf, type Meter } from '../../meters/domain/meter';
import { groupVersionOf } from '../../usage/domain/usage-plan';
import { toGroup } from '../../usage/rpc/usage-messages';
import type { UsageDifference } from '../domain/usage-difference';
import type { DayPosition, WantedDays } from '../use-cases/days-to-compare';

/** Which days to compare, and how fast. */
export interface VerifyRequest extends WantedDays {
  readonly daysPerSecondMax: number;
}

const positionShape = z.object({ account: z.string(), meter: z.string(), day: z.number() });

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
    after: request.resumeToken === '' ? undefined : positionIn(request),
  };
}

/** What a later call goes on with; empty for the beginning. */
export function resumeTokenOf(
  request: VerifyUsageRequest | RepairUsageRequest,
  position: DayPosition | undefined,
): string {
  return position === undefined ? '' : encodePageToken({ of: identityOf(request), ...position });
}

function positionIn(request: VerifyUsageRequest | RepairUsageRequest): DayPosition {
  const shape = positionShape.extend({ of: z.literal(identityOf(request)) });
  try {
    return decodePageToken(request.resumeToken, shape);
  } catch {
    const description = 'must be of an earlier answer to the same meter_id, account_ids and times';
    throw invalid('RESUME_TOKEN_INVALID', 'The token is not one that this method returned.', [
      { field: 'resume_token', description },
    ]);
  }
}

/** What must stay the same from call to call. */
function identityOf(request: VerifyUsageRequest | RepairUsageRequest): string {
  const { meterId, accountIds, startTime, endTime } = request;
  const times = [startTime, endTime].map((time) => time && [`${time.seconds}`, time.nanos]);
  const text = JSON.stringify([meterId, accountIds, times]);
  return createHash('sha256').update(text).digest('base64url').slice(0, 16);
}

/** A difference as it is answered. */
export function toDifference(
  meter: Meter,
  { accountId, profile: number, group, day, hour, stored, expected }: UsageDifference,
) {
  const profile = meter.profiles.find((candidate) => candidate.number === number);
  const versions = versionsOf(meter, profile?.code ?? '');
  const groupVersion = groupVersionOf(versions, profile?.groupBy ?? []);
  return {
    meterId: meter.id,
    profile: profile?.code ?? '',
    version: profile?.version ?? 0,
    accountId,
    ...(group === NO_GROUP ? {} : { group: toGroup({ group, version: groupVersion }) }),
    startTime: toTimestamp(day * DAY_MS + (hour ?? 0) * HOUR_MS),
    isDay: hour === undefined,
    stored,
    expected,
  };
}

import type { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert } from '@billingrails/errors';
import { decimal } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type { Client } from '@connectrpc/connect';
import { callOptions } from './call-options';
import type { AccountUsageAnswer, AccountUsageQuestion } from './metering';
import { meteringError } from './metering-error';

/** How long it may take, with the waiting for events to be counted. */
const TIMEOUT_MS = 10_000;

/** See `Metering.accountUsage`. */
export async function accountUsage(
  usages: Client<typeof UsageService>,
  { organisationId, accountId, asked, keys, consistencyToken, ...question }: AccountUsageQuestion,
): Promise<AccountUsageAnswer> {
  const { waitForAcknowledged = false, knownMs, signal } = question;
  const request = {
    ...{ accountId, consistencyToken, waitForAcknowledged, idempotencyKeys: [...keys] },
    ...(knownMs === undefined ? {} : { knownAt: toTimestamp(knownMs) }),
    questions: asked.map(({ meterProfile: { meterId, profile }, period, timeZone }) => ({
      ...{ meterId, profile, timeZone },
      ...{ startTime: toTimestamp(period.startMs), endTime: toTimestamp(period.endMs) },
    })),
  };
  try {
    const options = callOptions(organisationId, TIMEOUT_MS, signal);
    const answer = await usages.queryAccountUsage(request, options);
    assert(answer.usages.length === asked.length, 'metering answers every question');
    return {
      usages: answer.usages.map(({ value, eventCount, partial, profileVersion }) => ({
        ...(value === '' ? {} : { quantity: decimal(value) }),
        ...{ eventCount, partial, profileVersion },
      })),
      known: new Map(
        answer.knownEvents.map(({ idempotencyKey, eventTime }) => [
          idempotencyKey,
          eventTime === undefined ? undefined : fromTimestamp(eventTime),
        ]),
      ),
    };
  } catch (error) {
    throw meteringError(error);
  }
}

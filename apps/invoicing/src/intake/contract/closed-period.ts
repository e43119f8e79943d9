import { fromBinary } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import type {
  Charge as ChargeMessage,
  ChargeGroup,
} from '@billingrails/contracts/billingrails/billing/v1/billing_period_pb';
import {
  PeriodClosedSchema,
  type PeriodClosed,
} from '@billingrails/contracts/billingrails/bus/v1/period_closed_pb';
import type { Period as PeriodMessage } from '@billingrails/contracts/billingrails/common/v1/period_pb';
import { invalid } from '@billingrails/errors';
import { isAccountId, parseId } from '@billingrails/ids';
import { Decimal } from '@billingrails/money';
import { readStep, type Group } from '@billingrails/rating';
import { fromTimestamp, scalarFromValue } from '@billingrails/rpc';
import { canonicalTimeZone, type Period } from '@billingrails/time';
import type { Charge, ClosedPeriod } from '../domain/closed-period';

/**
 * The closed period of a message on `billing.period_closed`. Throws DomainError invalid when the bytes are no such
 * message, or name the first field that is missing or malformed; whether its arithmetic holds is not looked at here.
 */
export function closedPeriodFromBytes(data: Uint8Array): ClosedPeriod {
  const { organisationId, billingPeriod, accountName, planName } = decoded(data);
  const closed = needed(billingPeriod, 'billing_period');
  const path = (field: string) => `billing_period.${field}`;
  return {
    organisationId: needed(parseId('org', organisationId), 'organisation_id'),
    accountId: needed(
      isAccountId(closed.accountId) ? closed.accountId : undefined,
      path('account_id'),
    ),
    accountName,
    subscriptionId: needed(parseId('sub', closed.subscriptionId), path('subscription_id')),
    planName,
    billingPeriodId: needed(parseId('per', closed.id), path('id')),
    period: periodFromProto(closed.period, path('period')),
    // Periods that were closed before they said their zone were always shown in UTC.
    timeZone: canonicalTimeZone(closed.timeZone || 'UTC'),
    currencyCode: closed.currencyCode,
    charges: closed.charges.map((charge, index) =>
      chargeFromProto(charge, path(`charges[${index}]`)),
    ),
    // Periods that were closed before they said when they fell due were dated when they were closed.
    dueMs: instantFromProto(closed.dueTime ?? closed.closeTime, path('due_time')),
  };
}

function decoded(data: Uint8Array): PeriodClosed {
  try {
    return fromBinary(PeriodClosedSchema, data);
  } catch {
    throw invalid('UNDECODABLE_MESSAGE', 'The bytes are no PeriodClosed message.');
  }
}

function chargeFromProto(charge: ChargeMessage, path: string): Charge {
  const { feeId, description, unit, group, meterProfile, usagePeriod, eventCount } = charge;
  const common = {
    feeId: needed(parseId('fee', feeId), `${path}.fee_id`),
    description,
    quantity: decimalFromProto(charge.quantity, `${path}.quantity`),
    unit,
    exactAmount: decimalFromProto(charge.amount, `${path}.amount`),
    steps: charge.steps.map((step, index) => readStep(step, `${path}.steps[${index}]`, malformed)),
    ...(group === undefined ? {} : { group: groupFromProto(group, `${path}.group`) }),
  };
  if (meterProfile === undefined) return common;
  const meterId = needed(parseId('mtr', meterProfile.meterId), `${path}.meter_profile.meter_id`);
  const period = periodFromProto(usagePeriod, `${path}.usage_period`);
  const { profileVersion } = charge;
  const groupVersion = group?.profileVersion ?? 0;
  const versions = {
    ...(profileVersion === 0 ? {} : { profileVersion }),
    ...(groupVersion === 0 ? {} : { groupVersion }),
  };
  const { profile } = meterProfile;
  return { ...common, usage: { meterId, profile, period, eventCount, ...versions } };
}

function groupFromProto({ other, values }: ChargeGroup, path: string): Group {
  if (other) return 'other';
  return values.map((value, index) => needed(scalarFromValue(value), `${path}.values[${index}]`));
}

function periodFromProto(period: PeriodMessage | undefined, path: string): Period {
  return {
    startMs: instantFromProto(period?.startTime, `${path}.start_time`),
    endMs: instantFromProto(period?.endTime, `${path}.end_time`),
  };
}

function instantFromProto(timestamp: Timestamp | undefined, path: string): number {
  return fromTimestamp(needed(timestamp, path), path);
}

function decimalFromProto(text: string, path: string): Decimal {
  return needed(Decimal.parse(text), path);
}

function needed<T>(value: T | undefined, field: string): T {
  return value === undefined ? malformed(field) : value;
}

function malformed(field: string): never {
  throw invalid('UNREADABLE_MESSAGE', `The message cannot be read: ${field}.`, [
    { field, description: 'is missing or malformed' },
  ]);
}

import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import type {
  BillingPeriodSchema,
  ChargeSchema,
} from '@billingrails/contracts/billingrails/billing/v1/billing_period_pb';
import { PeriodClosedSchema } from '@billingrails/contracts/billingrails/bus/v1/period_closed_pb';
import type { OrganisationId } from '@billingrails/ids';
import { decimalText } from '@billingrails/money';
import { writeStep } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { BillingPeriod, Charge } from '../domain/close-period';
import { groupToProto } from '../../contract/group';
import { periodToProto } from '../../contract/period';

export function billingPeriodToProto(
  closed: BillingPeriod,
): MessageInitShape<typeof BillingPeriodSchema> {
  const { id, subscriptionId, accountId, planId, cycle, timeZone, currencyCode } = closed;
  return {
    id,
    subscriptionId,
    accountId,
    planId,
    cycle,
    period: periodToProto(closed.period),
    currencyCode,
    charges: closed.charges.map(chargeToProto),
    dueTime: toTimestamp(closed.dueMs),
    closeTime: toTimestamp(closed.closeMs),
    timeZone,
  };
}

/** The bytes that travel on `billing.period_closed`. */
export function periodClosedBytes(
  organisationId: OrganisationId,
  closed: BillingPeriod,
  names: { readonly accountName: string; readonly planName: string },
): Uint8Array {
  const message = { organisationId, billingPeriod: billingPeriodToProto(closed), ...names };
  return toBinary(PeriodClosedSchema, create(PeriodClosedSchema, message));
}

function chargeToProto({
  feeId,
  description,
  unit,
  rated,
  group,
  usage,
}: Charge): MessageInitShape<typeof ChargeSchema> {
  return {
    feeId,
    description,
    quantity: decimalText(rated.quantity),
    unit,
    amount: decimalText(rated.amount),
    steps: rated.steps.map(writeStep),
    ...(group === undefined ? {} : { group: groupToProto(group, usage?.groupVersion) }),
    ...(usage === undefined
      ? {}
      : {
          meterProfile: { ...usage.meterProfile },
          usagePeriod: periodToProto(usage.period),
          eventCount: usage.eventCount,
          profileVersion: usage.profileVersion ?? 0,
        }),
  };
}

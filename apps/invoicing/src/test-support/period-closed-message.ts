import { create, fromJson, toBinary } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import { PeriodClosedSchema } from '@billingrails/contracts/billingrails/bus/v1/period_closed_pb';
import { decimalText } from '@billingrails/money';
import { writeStep, type Group } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import type { Charge, ClosedPeriod } from '../intake/domain/closed-period';

/** The message that billing would send for the period. */
export function periodClosedBytes(closed: ClosedPeriod): Uint8Array {
  const { organisationId, accountName, planName } = closed;
  const message = create(PeriodClosedSchema, {
    organisationId,
    accountName,
    planName,
    billingPeriod: {
      id: closed.billingPeriodId,
      subscriptionId: closed.subscriptionId,
      accountId: closed.accountId,
      planId: 'plan_00000000000000000000000000',
      cycle: 0,
      period: periodToProto(closed.period),
      currencyCode: closed.currencyCode,
      charges: closed.charges.map(chargeToProto),
      dueTime: toTimestamp(closed.dueMs),
      closeTime: toTimestamp(closed.dueMs + 60_000),
      timeZone: closed.timeZone,
    },
  });
  return toBinary(PeriodClosedSchema, message);
}

function chargeToProto({ group, usage, exactAmount, ...charge }: Charge) {
  return {
    ...charge,
    quantity: decimalText(charge.quantity),
    amount: decimalText(exactAmount),
    steps: charge.steps.map(writeStep),
    ...(group === undefined ? {} : { group: groupToProto(group, usage?.groupVersion) }),
    ...(usage === undefined
      ? {}
      : {
          meterProfile: { meterId: usage.meterId, profile: usage.profile },
          usagePeriod: periodToProto(usage.period),
          eventCount: usage.eventCount,
          profileVersion: usage.profileVersion ?? 0,
        }),
  };
}

function groupToProto(group: Group, profileVersion = 0) {
  return group === 'other'
    ? { other: true }
    : { values: group.map((value) => fromJson(ValueSchema, value)), profileVersion };
}

function periodToProto({ startMs, endMs }: Period) {
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs) };
}

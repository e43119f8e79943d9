import type { MessageInitShape } from '@bufbuild/protobuf';
import type { CreateEntitlementRequest } from '@billingrails/contracts/billingrails/billing/v1/entitlement_service_pb';
import {
  LimitKind,
  type EntitlementSchema,
  type UsageReset as ResetMessage,
  type UsageResetSchema,
} from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import { assert } from '@billingrails/errors';
import { plainDecimal, decimalText } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { canonicalTimeZone } from '@billingrails/time';
import { cycleRuleFromProto, cycleRuleToProto } from '../../subscriptions/contract/billing-cycle';
import type { EntitlementDraft } from '../domain/entitlement-draft';
import type { Entitlement, Grantee, UsageReset } from '../domain/feature';

/** Whom a request names, by the case of its grantee. */
export const GRANTEE_KINDS = {
  planId: 'plan',
  subscriptionId: 'subscription',
  accountId: 'account',
} as const;

/** What was asked for. Throws a DomainError for an instant that is none. */
export function draftOf(request: CreateEntitlementRequest): EntitlementDraft {
  const { featureId, grantee, limit, grace, limitKind, value, startTime, endTime } = request;
  const { rolloverPeriods: periods, rolloverMaximum: maximum, creditUnitId } = request;
  assert(grantee.case !== undefined, 'the contract requires a grantee');
  const reset = resetFromProto(request.reset);
  return {
    featureId,
    grantee: { kind: GRANTEE_KINDS[grantee.case], id: grantee.value },
    ...(limit === '' ? {} : { limit: plainDecimal(limit) }),
    ...(grace === '' ? {} : { grace: plainDecimal(grace) }),
    isSoft: limitKind === LimitKind.SOFT,
    ...(reset === undefined ? {} : { reset }),
    ...(periods === 0 && maximum === ''
      ? {}
      : {
          rollover: {
            periods,
            ...(maximum === '' ? {} : { maximum: plainDecimal(maximum) }),
          },
        }),
    ...(creditUnitId === '' ? {} : { creditUnitId }),
    ...(value === '' ? {} : { value }),
    ...(startTime === undefined ? {} : { startMs: fromTimestamp(startTime, 'start_time') }),
    ...(endTime === undefined ? {} : { endMs: fromTimestamp(endTime, 'end_time') }),
  };
}

/** An entitlement as it is answered. */
export function entitlementToProto(
  entitlement: Entitlement,
): MessageInitShape<typeof EntitlementSchema> {
  const { id, featureId, grantee, limit, isSoft, grace, reset, value, endMs } = entitlement;
  const { periods: rolloverPeriods = 0, maximum } = entitlement.rollover ?? {};
  return {
    ...{ id, featureId, grantee: granteeToProto(grantee) },
    limit: limit === undefined ? '' : decimalText(limit),
    ...(limit === undefined ? {} : { limitKind: isSoft ? LimitKind.SOFT : LimitKind.HARD }),
    grace: grace === undefined ? '' : decimalText(grace),
    reset: resetToProto(reset),
    ...{ rolloverPeriods, rolloverMaximum: maximum === undefined ? '' : decimalText(maximum) },
    ...{ value: value ?? '', creditUnitId: entitlement.creditUnitId ?? '' },
    startTime: toTimestamp(entitlement.startMs),
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
    createTime: toTimestamp(entitlement.createMs),
  };
}

/** A grantee as it is answered. */
export function granteeToProto(grantee: Grantee) {
  switch (grantee.kind) {
    case 'plan':
      return { case: 'planId', value: grantee.planId } as const;
    case 'subscription':
      return { case: 'subscriptionId', value: grantee.subscriptionId } as const;
    case 'account':
      return { case: 'accountId', value: grantee.accountId } as const;
  }
}

function resetFromProto(message: ResetMessage | undefined): UsageReset | undefined {
  const period = message?.period;
  switch (period?.case) {
    case undefined:
      return undefined;
    case 'billingCycle':
      return { kind: 'billing_cycle' };
    case 'never':
      return { kind: 'never' };
    case 'interval': {
      const { timeZone } = period.value;
      return {
        kind: 'interval',
        rule: cycleRuleFromProto(period.value, 'reset.interval'),
        ...(timeZone === '' ? {} : { timeZone: canonicalTimeZone(timeZone) }),
      };
    }
  }
}

function resetToProto(reset: UsageReset): MessageInitShape<typeof UsageResetSchema> {
  switch (reset.kind) {
    case 'billing_cycle':
      return { period: { case: 'billingCycle', value: true } };
    case 'never':
      return { period: { case: 'never', value: true } };
    case 'interval': {
      const { rule, timeZone = '' } = reset;
      return { period: { case: 'interval', value: { ...cycleRuleToProto(rule), timeZone } } };
    }
  }
}

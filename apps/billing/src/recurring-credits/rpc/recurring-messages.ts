import type { MessageInitShape } from '@bufbuild/protobuf';
import { CreditCategory } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type {
  GrantInterval as IntervalMessage,
  RecurringCreditGrantSchema,
} from '@billingrails/contracts/billingrails/billing/v1/recurring_credit_grant_pb';
import type { CreateRecurringCreditGrantRequest } from '@billingrails/contracts/billingrails/billing/v1/recurring_credit_grant_service_pb';
import { assert } from '@billingrails/errors';
import { plainDecimal, decimalText } from '@billingrails/money';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import { canonicalTimeZone, isTimeZone, MONTHLY } from '@billingrails/time';
import { categoryToProto, scopeToProto } from '../../credits/contract/credit-grant';
import { GRANTEE_KINDS, granteeToProto } from '../../entitlements/rpc/entitlement-messages';
import { cycleRuleFromProto, cycleRuleToProto } from '../../subscriptions/contract/billing-cycle';
import type { GrantInterval, RecurringGrant, RecurringGrantDraft } from '../domain/recurring-grant';

/** What was asked for. Throws a DomainError for an instant that is none. */
export function recurringDraftOf(request: CreateRecurringCreditGrantRequest): RecurringGrantDraft {
  const { grantee, creditUnitId, amount, category, priority, memo } = request;
  const { rolloverCycles, rolloverMaximum, startTime, endTime, prorated } = request;
  assert(grantee.case !== undefined, 'the contract requires a grantee');
  const kind = GRANTEE_KINDS[grantee.case];
  const interval = intervalFromProto(request.interval);
  const isAccount = kind === 'account';
  return {
    ...{ grantee: { kind, id: grantee.value }, creditUnitId, priority, memo, rolloverCycles },
    prorated,
    amount: plainDecimal(amount),
    category: category === CreditCategory.PAID ? 'paid' : 'promotional',
    ...(interval !== undefined || isAccount ? { interval: interval ?? MONTHLY_IN_UTC } : {}),
    ...(rolloverMaximum === '' ? {} : { rolloverMaximum: plainDecimal(rolloverMaximum) }),
    ...(startTime === undefined ? {} : { startMs: fromTimestamp(startTime, 'start_time') }),
    ...(endTime === undefined ? {} : { endMs: fromTimestamp(endTime, 'end_time') }),
  };
}

const MONTHLY_IN_UTC: GrantInterval = { rule: MONTHLY, timeZone: 'UTC' };

/** A recurring grant as it is answered. */
export function recurringToProto(
  recurring: RecurringGrant,
): MessageInitShape<typeof RecurringCreditGrantSchema> {
  const { id, grantee, creditUnitId, amount, category, priority, memo } = recurring;
  const { interval, rolloverCycles, rolloverMaximum, startMs, endMs, createMs } = recurring;
  return {
    ...{ id, grantee: granteeToProto(grantee), creditUnitId, priority, memo, rolloverCycles },
    amount: decimalText(amount),
    category: categoryToProto(category),
    ...(interval && {
      interval: { ...cycleRuleToProto(interval.rule), timeZone: interval.timeZone },
    }),
    rolloverMaximum: rolloverMaximum === undefined ? '' : decimalText(rolloverMaximum),
    startTime: toTimestamp(startMs),
    ...(endMs === undefined ? {} : { endTime: toTimestamp(endMs) }),
    createTime: toTimestamp(createMs),
    prorated: recurring.proratedDigits !== undefined,
    ...(recurring.scope && { scope: scopeToProto(recurring.scope) }),
  };
}

/** A zone that is none is left as it is, for its violation to be named with the others. */
function intervalFromProto(message: IntervalMessage | undefined): GrantInterval | undefined {
  if (message === undefined) return undefined;
  const { timeZone } = message;
  return {
    rule: cycleRuleFromProto(message, 'interval'),
    timeZone: isTimeZone(timeZone) ? canonicalTimeZone(timeZone) : timeZone || 'UTC',
  };
}

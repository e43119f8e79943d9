import type { Violation } from '@billingrails/errors';
import type { CreditUnitId, RecurringCreditGrantId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import { cycleRuleViolations, DAY_MS, isTimeZone, type CycleRule } from '@billingrails/time';
import { instantViolations } from '../../clocks/domain/instant';
import type { CreditGrant } from '../../credits/domain/credit-grant';
import type { Grantee } from '../../entitlements/domain/feature';

/** By what an account's cycles are counted, from `startMs` on. */
export interface GrantInterval {
  readonly rule: CycleRule;
  readonly timeZone: string;
}

/** Credits that are granted again in each cycle. */
export interface RecurringGrant extends Pick<
  CreditGrant,
  'amount' | 'category' | 'priority' | 'memo' | 'scope'
> {
  readonly id: RecurringCreditGrantId;
  readonly grantee: Grantee;
  readonly creditUnitId: CreditUnitId;
  /** Set exactly for an account: a subscription's billing cycles are those of what is granted to it. */
  readonly interval?: GrantInterval;
  /** In how many cycles after its own what is left of a grant may be burned. */
  readonly rolloverCycles: number;
  /** So much is carried into a cycle at most. Unset: all. */
  readonly rolloverMaximum?: Decimal;
  /** To how many decimals what is granted for a part of a cycle is rounded. Unset: it is granted whole. */
  readonly proratedDigits?: number;
  /** From when on it is granted, and from when on no more. Unset: it goes on. */
  readonly startMs: number;
  readonly endMs?: number;
  /** By the organisation's clock. */
  readonly createMs: number;
}

/** A recurring grant as it was asked for. */
export interface RecurringGrantDraft extends Omit<
  RecurringGrant,
  'id' | 'grantee' | 'creditUnitId' | 'proratedDigits' | 'startMs' | 'createMs'
> {
  readonly prorated: boolean;
  readonly grantee: { readonly kind: Grantee['kind']; readonly id: string };
  readonly creditUnitId: string;
  /** Unset: the organisation's present. */
  readonly startMs?: number;
}

/** How long before the present one may start. */
const BACK_MAX_DAYS = 366;

/** What is wrong with what is to be granted from `startMs` on; empty when nothing is. */
export function recurringViolations(
  { amount, grantee, interval, rolloverCycles, rolloverMaximum, endMs }: RecurringGrantDraft,
  startMs: number,
  nowMs: number,
): Violation[] {
  const violations: Violation[] = [];
  const refuse = (field: string, isWrong: boolean, description: string) => {
    if (isWrong) violations.push({ field, description });
  };
  refuse('amount', amount.isZero(), 'must be above 0');
  refuse(
    'interval',
    grantee.kind !== 'account' && interval !== undefined,
    "must be left out: it is granted by the subscription's billing cycles",
  );
  if (interval !== undefined) {
    violations.push(...cycleRuleViolations(interval.rule, 'interval'));
    const { timeZone } = interval;
    refuse('interval.time_zone', !isTimeZone(timeZone), 'is not the IANA name of a time zone');
  }
  refuse(
    'rollover_maximum',
    rolloverMaximum !== undefined && rolloverCycles === 0,
    'must be left out: nothing is carried on without rollover_cycles',
  );
  violations.push(...instantViolations(startMs, 'start_time'));
  refuse(
    'start_time',
    startMs < nowMs - BACK_MAX_DAYS * DAY_MS,
    `must not be more than ${BACK_MAX_DAYS} days before the present`,
  );
  if (endMs !== undefined) {
    violations.push(...instantViolations(endMs, 'end_time'));
    refuse('end_time', endMs <= startMs, 'must be after start_time');
  }
  return violations;
}

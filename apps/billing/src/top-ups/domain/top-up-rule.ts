import type { Violation } from '@billingrails/errors';
import type {
  AccountId,
  CreditUnitId,
  SubscriptionId,
  TopUpId,
  TopUpRuleId,
} from '@billingrails/ids';
import { decimal, minorDigits, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { amountViolations } from '../../credits/domain/credit-grant';
import type { CreditUnit } from '../../credits/domain/credit-unit';
import { cyclesOf } from '../../subscriptions/domain/subscription';

/** When to buy how much, at what price. */
export interface TopUpTerms {
  /** Credits are bought when fewer than these can be burned. */
  readonly threshold: Decimal;
  /** How many at a time. Above 0. */
  readonly amount: Decimal;
  /** What these cost, in major units. */
  readonly price: Decimal;
  /** The most that is bought for in a calendar month. Unset: no limit. */
  readonly monthlyPriceMax?: Decimal;
  /** How often is bought in a calendar month at most. */
  readonly monthlyCountMax: number;
  /** Unset: never. */
  readonly expiryDays?: number;
  readonly priority: number;
  /** On the invoice, and of the grants. */
  readonly description: string;
  /** Whether what is bought is granted only once its invoice is paid. Unset: at once. */
  readonly whenPaid?: true;
}

/** Why a rule does not buy. With a limit of a month it goes on with the next. */
export type TopUpPause =
  | { readonly reason: 'requested' | 'subscription_ended' | 'invoice_voided' | 'not_payer' }
  | { readonly reason: 'monthly_count' | 'monthly_price'; readonly resumeMs: number };

/** Buys an account credits when too few are left. */
export interface TopUpRule {
  readonly id: TopUpRuleId;
  readonly accountId: AccountId;
  readonly creditUnitId: CreditUnitId;
  /** Of the account; where it buys money, of one that the account pays for. */
  readonly subscriptionId: SubscriptionId;
  readonly currencyCode: string;
  /** The subscription's: by whose calendar months are counted. */
  readonly timeZone: string;
  readonly terms: TopUpTerms;
  /** Unset: it is active. */
  readonly pause?: TopUpPause;
  /** The last that it bought in. */
  readonly month?: TopUpMonth;
  /** How often it has bought. */
  readonly count: number;
  /** What it has bought and waits to be paid: nothing more is bought until then. Unset: nothing. */
  readonly waitingId?: TopUpId;
  /** By the organisation's clock. */
  readonly createMs: number;
  /** Rises with every change. */
  readonly version: number;
}

/** What was bought in a month. */
export interface TopUpMonth {
  readonly startMs: number;
  readonly count: number;
  readonly price: Decimal;
}

const ZERO = decimal(0n);

/** What is wrong with terms of credits of a unit, under `terms`; empty when nothing is. */
export function termsViolations(
  { amount, price, monthlyPriceMax }: TopUpTerms,
  currencyCode: string,
  unit: Pick<CreditUnit, 'currencyCode'> = {},
): Violation[] {
  const digits = minorDigits(currencyCode);
  const isWhole = price.eq(price.divide(decimal(1n), digits, 'down'));
  return [
    ...(amount.isZero() ? [{ field: 'terms.amount', description: 'must be above 0' }] : []),
    ...amountViolations(unit, amount).map((each) => ({ ...each, field: `terms.${each.field}` })),
    ...(isWhole
      ? []
      : [{ field: 'terms.price', description: `must have at most ${digits} decimals` }]),
    ...(monthlyPriceMax?.lt(price) === true
      ? [{ field: 'terms.monthly_price_maximum', description: 'must be at least price' }]
      : []),
  ];
}

/** The calendar month that holds an instant, by the rule's time zone. */
export function monthOf({ timeZone }: Pick<TopUpRule, 'timeZone'>, nowMs: number): Period {
  const rule = { unit: 'month', count: 1, anchor: { kind: 'calendar' } } as const;
  const held = cyclesOf({ startMs: 0, timeZone, cycleRule: rule }).at(nowMs);
  return held?.period ?? { startMs: nowMs, endMs: nowMs };
}

/** What a rule has bought in the month of an instant. */
export function monthAt(rule: Pick<TopUpRule, 'timeZone' | 'month'>, nowMs: number): TopUpMonth {
  const { startMs } = monthOf(rule, nowMs);
  return rule.month?.startMs === startMs ? rule.month : { startMs, count: 0, price: ZERO };
}

/** The pause of a rule at an instant: one of a month that is over is none. */
export function pauseAt(
  { pause }: Pick<TopUpRule, 'pause'>,
  nowMs: number,
): TopUpPause | undefined {
  return pause !== undefined && 'resumeMs' in pause && pause.resumeMs <= nowMs ? undefined : pause;
}

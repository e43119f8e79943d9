import type {
  AccountId,
  CreditGrantId,
  CreditUnitId,
  RecurringCreditGrantId,
  TopUpId,
} from '@billingrails/ids';
import type { Violation } from '@billingrails/errors';
import { minorDigits, type Decimal } from '@billingrails/money';
import { instantViolations } from '../../clocks/domain/instant';
import type { CreditScope } from './credit-scope';

/** How a grant was come by. */
export type CreditCategory = 'paid' | 'promotional';

/** How what is left of a grant is carried into the cycles after its own, with that of others of its series. */
export interface Rollover {
  /** Grants that are carried on together have it in common. */
  readonly seriesId: string;
  /** When its own cycle ends: what is left of it then is carried on, until it expires. */
  readonly fromMs: number;
  /** So much of the series is carried into a cycle at most, of which the oldest is lost first. Unset: all. */
  readonly maximum?: Decimal;
}

/** What of a grant was taken back at an instant, and became known to be: as much as was left then, at most so much. */
export interface PartialVoid {
  readonly ms: number;
  /** Above 0. */
  readonly amount: Decimal;
}

/** Credits that an account has been granted. */
export interface CreditGrant {
  readonly id: CreditGrantId;
  readonly accountId: AccountId;
  readonly creditUnitId: CreditUnitId;
  /** Above 0. */
  readonly amount: Decimal;
  readonly category: CreditCategory;
  /** Grants of a lower number are burned first. */
  readonly priority: number;
  /** Covers usage from this instant on. */
  readonly effectiveMs: number;
  /** The first instant at which it covers none. Unset: never. */
  readonly expiryMs?: number;
  /** Of one that recurs. Unset: what is left stays until it expires. */
  readonly rollover?: Rollover;
  /** What grants it again and again. Unset: it was granted once. */
  readonly recurringId?: RecurringCreditGrantId;
  /** What bought it by itself. Unset: nothing did. */
  readonly topUpId?: TopUpId;
  readonly memo: string;
  /** When it became known, by the organisation's clock. */
  readonly createMs: number;
  /** When what was left was taken back, and became known to be. Unset: not. */
  readonly voidMs?: number;
  /** What was taken back while the rest stayed, in order. Unset: nothing. */
  readonly partialVoids?: readonly PartialVoid[];
  /** What it covers. Unset: everything. */
  readonly scope?: CreditScope;
}

/** What is wrong with when a grant covers usage; empty when nothing is. */
export function termViolations({
  amount,
  effectiveMs,
  expiryMs,
}: Pick<CreditGrant, 'amount' | 'effectiveMs' | 'expiryMs'>): Violation[] {
  const violations = [
    ...(amount.isZero() ? [{ field: 'amount', description: 'must be above 0' }] : []),
    ...instantViolations(effectiveMs, 'effective_time'),
  ];
  if (expiryMs === undefined) return violations;
  violations.push(...instantViolations(expiryMs, 'expiry_time'));
  if (expiryMs <= effectiveMs)
    violations.push({ field: 'expiry_time', description: 'must be after effective_time' });
  return violations;
}

/** What is wrong with an amount of a unit: of money a fraction of a minor unit. */
export function amountViolations(
  { currencyCode }: { readonly currencyCode?: string },
  amount: Decimal,
): Violation[] {
  const digits = currencyCode === undefined ? undefined : minorDigits(currencyCode);
  if (digits === undefined || amount.fractionDigits() <= digits) return [];
  return [{ field: 'amount', description: `must have at most ${digits} digits after the point` }];
}

/** The first instant at which a grant covers nothing: when it was voided or expires. */
export function endOf({ expiryMs = Infinity, voidMs = Infinity }: CreditGrant): number {
  return Math.min(expiryMs, voidMs);
}

/** The grant as it was known at an instant; undefined where it was not. */
export function knownGrant(grant: CreditGrant, knownMs: number): CreditGrant | undefined {
  if (grant.createMs > knownMs) return undefined;
  const { voidMs, partialVoids, ...rest } = grant;
  const known = partialVoids?.filter(({ ms }) => ms <= knownMs);
  return {
    ...rest,
    ...(voidMs === undefined || voidMs > knownMs ? {} : { voidMs }),
    ...(known === undefined || known.length === 0 ? {} : { partialVoids: known }),
  };
}

/**
 * The order in which grants are burned: by priority, then the one that expires first, promotional before paid, then the
 * oldest. Ids rise with time.
 */
export function burnsBefore(a: CreditGrant, b: CreditGrant): number {
  const byExpiry = (a.expiryMs ?? Infinity) - (b.expiryMs ?? Infinity);
  return (
    a.priority - b.priority ||
    // Neither expires: the difference is no number.
    (Number.isNaN(byExpiry) ? 0 : byExpiry) ||
    paidLast(a) - paidLast(b) ||
    a.createMs - b.createMs ||
    (a.id < b.id ? -1 : 1)
  );
}

function paidLast({ category }: CreditGrant): number {
  return category === 'paid' ? 1 : 0;
}

import type { BillId, ChargeId, CreditGrantId, TopUpId, TopUpRuleId } from '@billingrails/ids';
import { decimal, minorDigits, type Decimal } from '@billingrails/money';

/** Something that a rule has bought. */
export interface TopUp {
  /** Derived from the rule and the number. */
  readonly id: TopUpId;
  readonly ruleId: TopUpRuleId;
  /** From 1 without gaps for the rule. */
  readonly number: number;
  /** By the organisation's clock. */
  readonly ms: number;
  /** What could be burned just before. */
  readonly available: Decimal;
  readonly amount: Decimal;
  /** In major units, before tax. */
  readonly price: Decimal;
  readonly chargeId: ChargeId;
  readonly billId: BillId;
  readonly granting: Granting;
}

/** What has become of the credits: they are granted, or once the invoice is paid, or never, as it is owed no longer. */
export type Granting =
  | { readonly kind: 'granted'; readonly creditGrantId: CreditGrantId }
  | { readonly kind: 'waiting' | 'cancelled' };

/** What is known of the invoice of a top-up that nothing is open of any more, in minor units. */
export interface SettledInvoice {
  /** Of all of it, with tax. */
  readonly total: bigint;
  /** What credit notes took back of it. All of it where it was made void. */
  readonly credited: bigint;
}

const DIGITS = 18;

/**
 * How many credits are granted once an invoice is settled: as many of the amount as the invoice was not taken back,
 * amount * (total - credited) / total, rounded down to the digits of money, or 18.
 */
export function grantedOf(
  amount: Decimal,
  { total, credited }: SettledInvoice,
  currencyCode: string | undefined,
): Decimal {
  if (credited <= 0n) return amount;
  const kept = credited < total ? total - credited : 0n;
  const digits = currencyCode === undefined ? DIGITS : minorDigits(currencyCode);
  return amount.mul(decimal(kept)).divide(decimal(total), digits, 'down');
}

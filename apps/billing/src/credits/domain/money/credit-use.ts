import type { AccountId, CreditGrantId, CreditUnitId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';

/** What a bill, an invoice or a return has done to credits in money. Never changed: another use puts it right. */
export interface CreditUse {
  readonly source: CreditSource;
  /** Whose credits. */
  readonly accountId: AccountId;
  readonly creditUnitId: CreditUnitId;
  /** When it counts, by the organisation's clock: a bill when it falls due, an invoice at its date. */
  readonly timeMs: number;
  /** When it became known, by the organisation's clock. */
  readonly createMs: number;
  /** Each grant once, in the order in which they are burned. None: nothing was there to burn. */
  readonly parts: readonly CreditUsePart[];
}

/** What has used credits; of each source there is one use. */
export type CreditSource =
  | { readonly kind: 'bill'; readonly id: string }
  | { readonly kind: 'invoice'; readonly id: string }
  | { readonly kind: 'return'; readonly id: string; readonly invoiceId: string };

/** What was burned of a grant; below 0 where it was given back. */
export interface CreditUsePart {
  readonly creditGrantId: CreditGrantId;
  readonly amount: Decimal;
}

const ZERO = decimal(0n);

/** What uses come to, by grant. */
export function burnedBy(uses: readonly Pick<CreditUse, 'parts'>[]): Map<CreditGrantId, Decimal> {
  const burned = new Map<CreditGrantId, Decimal>();
  for (const { creditGrantId, amount } of uses.flatMap(({ parts }) => parts))
    burned.set(creditGrantId, (burned.get(creditGrantId) ?? ZERO).add(amount));
  return burned;
}

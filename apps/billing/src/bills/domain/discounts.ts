import { derivedId } from '@billingrails/ids';
import { decimal, moneyText, toMoney, type Decimal } from '@billingrails/money';
import { rate } from '@billingrails/rating';
import { DISCOUNT_NAME, type Discount } from '../../catalogue/domain/discount';
import { onceFor } from '../../domain/once-for';
import {
  discountsAgreed,
  isLetOff,
  type AgreedDiscount,
} from '../../subscriptions/domain/discounts';
import { cyclesOf } from '../../subscriptions/domain/subscription';
import type { Agreement } from './agreement';
import { exactAmount, type Charge } from './charge';
import type { Obligation } from './obligations';

const agreedOf = onceFor(({ subscription, facts }: Agreement) =>
  discountsAgreed(subscription, facts),
);

function discountsIn(agreement: Agreement, cycle: number): AgreedDiscount[] {
  const { subscription } = agreement;
  return agreedOf(agreement).filter((agreed) => isLetOff(agreed, subscription, cycle));
}

function covers(discount: Discount, { feeId }: Pick<Charge, 'feeId'>): boolean {
  return discount.feeId === undefined || discount.feeId === feeId;
}

/** The percentages that are let off of a fee in a cycle, one after the other. */
export function percentsOff(
  agreement: Agreement,
  charge: Pick<Charge, 'feeId' | 'cycle'>,
): Decimal[] {
  return discountsIn(agreement, charge.cycle)
    .filter(({ discount }) => covers(discount, charge))
    .flatMap(({ discount: { percentOff } }) => percentOff ?? []);
}

/** The charges of fees that discounts are let off of, with what they are owed for. */
export interface Discountable {
  readonly charges: readonly Charge[];
  readonly obligations: readonly Obligation[];
  /** ISO 4217. */
  readonly currencyCode: string;
}

/**
 * What amounts are let off of the fees of each cycle: a charge for each fee that something is let off of. One discount
 * after the other is spread over its fees in the order in which they fall due, of each as much as there is left of it:
 * so what falls due later changes nothing of what was let off before, and the parts sum to the amount, or to all that
 * its fees come to. Each charge counts as it is rounded.
 */
export function discountCharges(
  agreement: Agreement,
  { charges, obligations, currencyCode }: Discountable,
): Charge[] {
  if (agreedOf(agreement).every(({ discount }) => discount.amountOff === undefined)) return [];
  const dueMs = new Map(obligations.map(({ fee, cycle, dueMs: ms }) => [`${fee.id} ${cycle}`, ms]));
  const dueOf = ({ feeId, cycle }: Charge) => dueMs.get(`${feeId ?? ''} ${cycle}`) ?? 0;
  const inOrder = [...charges].sort((a, b) => a.cycle - b.cycle || dueOf(a) - dueOf(b));
  const minorUnitsOf = (amount: Decimal) => toMoney(amount, currencyCode).minorUnits;
  const left = new Map(inOrder.map(({ id, parts }) => [id, minorUnitsOf(exactAmount(parts))]));
  return [...new Set(inOrder.map(({ cycle }) => cycle))].flatMap((cycle) =>
    discountsIn(agreement, cycle).flatMap((agreed) => {
      const { amountOff } = agreed.discount;
      let rest = amountOff === undefined ? 0n : minorUnitsOf(amountOff);
      return inOrder.flatMap((covered): Charge[] => {
        if (covered.cycle !== cycle || !covers(agreed.discount, covered)) return [];
        const owed = left.get(covered.id) ?? 0n;
        const minorUnits = rest < owed ? rest : owed;
        if (minorUnits <= 0n) return [];
        rest -= minorUnits;
        left.set(covered.id, owed - minorUnits);
        return [chargeOf(agreement, agreed, covered, moneyText({ currencyCode, minorUnits }))];
      });
    }),
  );
}

function chargeOf(
  { organisationId, subscription }: Agreement,
  { id: discountId, discount: { name = DISCOUNT_NAME } }: AgreedDiscount,
  { id: coveredChargeId, feeId, productId, group, cycle, description }: Charge,
  amount: string,
): Charge {
  const flat = { kind: 'flat', amount: decimal(amount) } as const;
  const rated = rate(flat, { quantity: decimal(1n), eventCount: 0n });
  const period = cyclesOf(subscription).period(cycle);
  const names = [organisationId, subscription.id, 'discount', discountId, coveredChargeId];
  return {
    id: derivedId('chg', ...names),
    kind: 'discount',
    discount: { discountId, coveredChargeId },
    ...(feeId === undefined ? {} : { feeId }),
    ...(productId === undefined ? {} : { productId }),
    ...(group === undefined ? {} : { group }),
    cycle,
    description: `${name} (${description})`,
    unit: '',
    parts: [{ period, rated, credited: true }],
  };
}

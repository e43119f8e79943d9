import type { CouponBook, InvoicingBook } from '../history/invoicing';
import { fractionOf, minorUnits, nearest, rational, times } from '../rational';
import type { ExpectedInvoice } from '../bills/invoices';

const DAY_MS = 86_400_000;

/** What a coupon lets off an invoice. */
export interface ExpectedDiscount {
  readonly code: string;
  /** Minor units. */
  readonly base: bigint;
  readonly amount: bigint;
}

/** Counts of how many invoices each redemption has let off something, while invoices are numbered one after another. */
export class Redemptions {
  readonly #used = new Map<number, number>();

  constructor(readonly book: Pick<InvoicingBook, 'coupons' | 'redemptions'>) {}

  /** What is let off the next invoice: percentages first, then amounts, each in the order of redeeming. */
  letOff(invoice: ExpectedInvoice): ExpectedDiscount[] {
    const held = this.book.redemptions.flatMap(({ account, code, fromMs }, place) => {
      const coupon = this.book.coupons.find((each) => each.code === code);
      if (coupon === undefined || account !== invoice.account) return [];
      const { days = Infinity, invoices = Infinity } = coupon;
      const holds =
        fromMs <= invoice.dueMs &&
        invoice.dueMs < fromMs + days * DAY_MS &&
        (this.#used.get(place) ?? 0) < invoices;
      return holds ? [{ place, coupon }] : [];
    });
    const isPercent = ({ coupon }: { coupon: CouponBook }) => 'percent' in coupon.off;
    const ordered = [...held.filter(isPercent), ...held.filter((each) => !isPercent(each))];
    const minor = ({ amount }: { amount: string }) => minorUnits(amount, invoice.digits);
    const sum = (ofCredits: boolean) =>
      invoice.lines
        .filter(({ kind }) => (kind === 'PROMOTIONAL_CREDIT') === ofCredits)
        .reduce((total, line) => total + minor(line), 0n);
    let charged = sum(false);
    const credited = sum(true);
    const discounts: ExpectedDiscount[] = [];
    for (const { place, coupon } of ordered) {
      const most = charged + credited > 0n ? charged + credited : 0n;
      const wanted = wantedOf(coupon, invoice, charged);
      const amount = wanted < most ? wanted : most;
      if (amount === 0n) continue;
      discounts.push({ code: coupon.code, base: charged, amount });
      charged -= amount;
      this.#used.set(place, (this.#used.get(place) ?? 0) + 1);
    }
    return discounts;
  }
}

function wantedOf({ off }: CouponBook, invoice: ExpectedInvoice, charged: bigint): bigint {
  if ('percent' in off) return nearest(times(rational(off.percent), fractionOf(charged, 100n)));
  return off.currency === invoice.currency ? minorUnits(off.amount, invoice.digits) : 0n;
}

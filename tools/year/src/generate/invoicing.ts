import type {
  CouponBook,
  CustomerBook,
  InvoicingBook,
  PlanBook,
  RedemptionBook,
  TaxRateBook,
} from '@billingrails/recompute';
import type { Dice } from './dice';
import { DAY_MS } from './subscribers/when';

const SELLER = 'DE';

/** Rates that change in the year, of a category, compound ones, and of a country where nothing is taxed. */
const ratesOf = (firstMs: number): readonly TaxRateBook[] => [
  { name: 'VAT', percent: '19', country: SELLER },
  { name: 'VAT', percent: '16', country: SELLER, fromMs: firstMs + 75.4 * DAY_MS },
  { name: 'VAT', percent: '7', country: SELLER, category: 'seats' },
  { name: 'GST', percent: '5', country: 'CA' },
  { name: 'QST', percent: '9.975', country: 'CA', compound: true },
  { name: 'VAT', percent: '0', country: 'CH' },
];
/** Where customers are, in turn, and whether they owe no tax for a while; of some nothing is said. */
const CUSTOMERS = [
  { country: SELLER },
  { country: 'CA' },
  { country: SELLER, isExempt: true },
  { country: 'CH' },
  undefined,
  { country: 'AQ' },
];

const COUPONS: readonly CouponBook[] = [
  { code: 'TENTH', off: { percent: '10' } },
  { code: 'THIRD', off: { percent: '33.3' }, invoices: 3 },
  { code: 'QUARTER', off: { percent: '25' }, days: 60 },
  { code: 'FIVE-USD', off: { amount: '5.01', currency: 'USD' } },
  { code: 'TWO-USD', off: { amount: '2', currency: 'USD' }, invoices: 2 },
  { code: 'YEN', off: { amount: '7', currency: 'JPY' } },
  { code: 'DINAR', off: { amount: '1.005', currency: 'KWD' }, days: 90 },
];

/** Taxes of the year, and coupons that accounts redeem, each once. */
export class Invoicing {
  readonly #redemptions: RedemptionBook[] = [];

  constructor(
    readonly dice: Dice,
    readonly firstMs: number,
  ) {}

  live(step: number, nowMs: number, accounts: readonly string[]): void {
    const { dice } = this;
    if (!dice.percent(70)) return;
    const [account, { code }] = [dice.oneOf(accounts), dice.oneOf(COUPONS)];
    if (this.#redemptions.some((each) => each.account === account && each.code === code)) return;
    // After what is billed now, which may be put together still.
    const fromMs = nowMs + dice.whole(1, 10 * DAY_MS);
    this.#redemptions.push({ step, account, code, fromMs });
  }

  /** For those who owe invoices. */
  book(payers: readonly string[], plans: readonly PlanBook[]): InvoicingBook {
    const { dice, firstMs } = this;
    const first = dice.whole(0, CUSTOMERS.length - 1);
    const customers = payers.flatMap((account, index): CustomerBook[] => {
      const customer = CUSTOMERS[(first + index) % CUSTOMERS.length];
      if (customer === undefined) return [];
      const { country, isExempt } = customer;
      const exemptUntilMs = firstMs + dice.whole(40, 200) * DAY_MS;
      return [{ account, country, ...(isExempt === true && { exemptUntilMs }) }];
    });
    const fees = new Set(plans.flatMap((plan) => plan.fees.map(({ name }) => name)));
    const taxed = [...fees].flatMap((fee) =>
      dice.percent(40)
        ? [{ fee, included: dice.percent(50), ...(dice.percent(50) && { category: 'seats' }) }]
        : [],
    );
    const byLine = dice.percent(50);
    const rates = ratesOf(firstMs);
    return {
      taxes: { sellerCountry: SELLER, byLine, rates, customers, fees: taxed },
      coupons: COUPONS,
      redemptions: this.#redemptions,
    };
  }
}

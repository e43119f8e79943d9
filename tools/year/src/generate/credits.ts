import type {
  CreditCheckBook,
  CreditGrantBook,
  CreditsBook,
  CreditUnitBook,
  CreditVoidBook,
  MoneyUnitBook,
} from '@billingrails/recompute';
import { USAGES } from './catalogue/plans';
import type { Dice } from './dice';
import type { Subscriber } from './subscribers';
import { DAY_MS } from './subscribers/when';

export const UNITS: readonly CreditUnitBook[] = [
  { name: 'calls', usage: USAGES.calls, amount: '0.75', borrows: false },
  { name: 'borrowed-calls', usage: USAGES.calls, amount: '1.5', borrows: true },
];

export const MONEY: readonly MoneyUnitBook[] = ['USD', 'JPY', 'KWD', 'EUR'].map((currency) => {
  return { name: `money-${currency.toLowerCase()}`, currency };
});

/** Grants credits, takes some back and looks at what is left, step by step. */
export class Credits {
  readonly #grants: CreditGrantBook[] = [];
  readonly #voids: CreditVoidBook[] = [];
  readonly #checks: CreditCheckBook[] = [];

  constructor(
    readonly dice: Dice,
    /** By which credits in money are granted. */
    readonly money: Dice,
  ) {}

  get book(): CreditsBook {
    const [grants, voids, checks] = [this.#grants, this.#voids, this.#checks];
    return { units: UNITS, money: MONEY, grants, recurring: [], voids, checks };
  }

  get #ofUnits(): CreditGrantBook[] {
    return this.#grants.filter((grant) => !this.#isMoney(grant));
  }

  #isMoney({ unit }: Pick<CreditGrantBook, 'unit'>): boolean {
    return MONEY.some(({ name }) => name === unit);
  }

  live(step: number, nowMs: number, accounts: readonly string[]): void {
    const { dice } = this;
    if (this.#ofUnits.length > 0 && dice.percent(60)) this.#check(step, nowMs);
    if (dice.percent(35)) this.#grant(step, nowMs, dice.oneOf(accounts));
    if (dice.percent(10)) this.#void(step, nowMs);
  }

  /**
   * Credits in money, for accounts that pay for one subscription alone. What pays invoices takes effect after those
   * that are put together still.
   */
  liveMoney(step: number, nowMs: number, subscribers: readonly Subscriber[]): void {
    const dice = this.money;
    for (const { account, plans } of subscribers) {
      if (!dice.percent(18)) continue;
      const { currency = '', digits = 0 } = plans[0] ?? {};
      const promotional = dice.percent(55);
      const fromMs = nowMs + dice.whole(promotional ? -30 * DAY_MS : 1, 20 * DAY_MS);
      const untilMs = fromMs + dice.whole(1, 90 * DAY_MS);
      this.#grants.push({
        ...{ step, name: `grant ${this.#grants.length + 1}`, account, promotional, fromMs },
        unit: MONEY.find((each) => each.currency === currency)?.name ?? '',
        ...{ amount: dice.decimal(60, digits), priority: dice.whole(0, 2) },
        ...(dice.percent(70) ? { untilMs } : {}),
      });
    }
  }

  /** Of the present, or of an instant since the first grants could begin. */
  #check(step: number, nowMs: number): void {
    const { account, unit } = this.dice.oneOf(this.#ofUnits);
    const atMs = this.dice.percent(40) ? nowMs : nowMs - this.dice.whole(0, 90 * DAY_MS);
    this.#checks.push({ step, account, unit, atMs });
  }

  #grant(step: number, nowMs: number, account: string): void {
    const { dice } = this;
    const fromMs = nowMs + dice.whole(-40 * DAY_MS, 20 * DAY_MS);
    const untilMs = fromMs + dice.whole(1, 90 * DAY_MS);
    this.#grants.push({
      ...{ step, name: `grant ${this.#grants.length + 1}`, account },
      ...{ unit: dice.oneOf(UNITS).name, amount: dice.decimal(15, 3), priority: dice.whole(0, 2) },
      ...{ promotional: dice.percent(40), fromMs },
      ...(dice.percent(70) ? { untilMs } : {}),
    });
  }

  /**
   * One that has not ended, and was granted before; none that pays invoices, as one that is dated now may be put
   * together before or after.
   */
  #void(step: number, nowMs: number): void {
    const live = this.#grants.filter(({ untilMs = Infinity, ...grant }) => {
      const isVoid = this.#voids.some((each) => each.grant === grant.name);
      const pays = !grant.promotional && this.#isMoney(grant);
      return grant.step < step && untilMs > nowMs && !pays && !isVoid;
    });
    if (live.length > 0) this.#voids.push({ step, grant: this.dice.oneOf(live).name });
  }
}

import type {
  CreditCheckBook,
  CreditGrantBook,
  CreditsBook,
  CreditUnitBook,
  CreditVoidBook,
} from '@billingrails/recompute';
import { USAGES } from './catalogue/plans';
import type { Dice } from './dice';
import { DAY_MS } from './subscribers/when';

const UNITS: readonly CreditUnitBook[] = [
  { name: 'calls', usage: USAGES.calls, amount: '0.75', borrows: false },
  { name: 'borrowed-calls', usage: USAGES.calls, amount: '1.5', borrows: true },
];

/** Grants credits, takes some back and looks at what is left, step by step. */
export class Credits {
  readonly #grants: CreditGrantBook[] = [];
  readonly #voids: CreditVoidBook[] = [];
  readonly #checks: CreditCheckBook[] = [];

  constructor(readonly dice: Dice) {}

  get book(): CreditsBook {
    const [grants, voids, checks] = [this.#grants, this.#voids, this.#checks];
    return { units: UNITS, grants, voids, checks };
  }

  live(step: number, nowMs: number, accounts: readonly string[]): void {
    const { dice } = this;
    if (this.#grants.length > 0 && dice.percent(60)) this.#check(step, nowMs);
    if (dice.percent(35)) this.#grant(step, nowMs, dice.oneOf(accounts));
    if (dice.percent(10)) this.#void(step, nowMs);
  }

  /** Of the present, or of an instant since the first grants could begin. */
  #check(step: number, nowMs: number): void {
    const { account, unit } = this.dice.oneOf(this.#grants);
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

  /** One that has not ended, and was granted before. */
  #void(step: number, nowMs: number): void {
    const live = this.#grants.filter(
      ({ name, step: granted, untilMs = Infinity }) =>
        granted < step && untilMs > nowMs && !this.#voids.some(({ grant }) => grant === name),
    );
    if (live.length > 0) this.#voids.push({ step, grant: this.dice.oneOf(live).name });
  }
}

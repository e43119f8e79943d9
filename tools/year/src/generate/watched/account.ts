import type {
  AccessBook,
  CorrectionBook,
  CreditCheckBook,
  CreditGrantBook,
  EventBook,
  FactBook,
  SubscriptionBook,
} from '@billingrails/recompute';
import { MONEY, UNITS } from '../credits';
import type { Dice } from '../dice';
import { otherQuantity } from '../subscribers/quantity';
import { DAY_MS, prorationOf } from '../subscribers/when';
import type { WatchedMoment } from './moment';
import { Reserving } from './reserving';
import { WATCHED_PLAN } from './plan';

/** An account that is watched, and reserves, step by step. */
export class WatchedAccount {
  readonly events: EventBook[] = [];
  readonly corrections: CorrectionBook[] = [];
  readonly grants: CreditGrantBook[] = [];
  readonly checks: CreditCheckBook[] = [];
  readonly #facts: FactBook[];
  readonly #reserving: Reserving;
  #quantity: string;

  constructor(
    readonly account: string,
    readonly timeZone: string,
    readonly startMs: number,
    readonly dice: Dice,
  ) {
    this.#reserving = new Reserving(account, dice);
    this.#quantity = String(dice.whole(1, 3));
    this.#facts = [
      {
        ...{ kind: 'subscribed', step: 0, plan: WATCHED_PLAN.name },
        ...{ quantity: this.#quantity, startMs },
      },
    ];
  }

  get accesses(): readonly AccessBook[] {
    return this.#reserving.accesses;
  }

  get subscription(): SubscriptionBook {
    const { account, timeZone } = this;
    const anchor = { kind: 'start' } as const;
    const cycles = { unit: 'month', count: 1, anchor, firstProration: 'day' } as const;
    return { name: account, account, timeZone, cycles, facts: this.#facts };
  }

  live({ step, nowMs, fromMs }: WatchedMoment): void {
    const { dice } = this;
    const moment = { step, nowMs, fromMs: Math.max(fromMs, this.startMs) };
    if (nowMs <= this.startMs || step === 0) return;
    this.#agree(step);
    this.#grant(step, nowMs);
    this.events.push(...this.#reserving.live(moment));
    for (let count = dice.whole(0, 2); count > 0; count -= 1) this.#use(moment);
    if (dice.percent(25)) this.#correct(step, nowMs);
  }

  /** At most one thing in a step. */
  #agree(step: number): void {
    const { dice } = this;
    if (dice.percent(8)) {
      const quantity = otherQuantity(dice, this.#quantity);
      const when = { kind: 'now' } as const;
      this.#facts.push({ kind: 'changed', step, quantity, when, proration: prorationOf(dice) });
      this.#quantity = quantity;
    } else if (dice.percent(6)) {
      const amount = `${dice.percent(50) ? '-' : ''}${dice.decimal(9, 3)}`;
      const description = `By hand in step ${step}`;
      this.#facts.push({ kind: 'one_off', step, description, amount, billNow: dice.percent(50) });
    }
  }

  /** Of what is watched at most once in a step; of money what is told for other accounts, too. */
  #grant(step: number, nowMs: number): void {
    const { account, dice } = this;
    const [{ name: unit = '' } = {}] = UNITS;
    const money = MONEY.find(({ currency }) => currency === WATCHED_PLAN.currency)?.name ?? '';
    const name = `grant to ${account} in step ${step}`;
    const isOfUnit = dice.percent(12);
    const isMoney = !isOfUnit && dice.percent(12);
    if (isOfUnit) {
      const fromMs = nowMs + dice.whole(-10 * DAY_MS, 5 * DAY_MS);
      const untilMs = fromMs + dice.whole(1, 40 * DAY_MS);
      this.grants.push({
        ...{ step, name, account, unit, amount: dice.decimal(4, 3), priority: dice.whole(0, 3) },
        ...{ promotional: false, fromMs, untilMs },
      });
    } else if (isMoney) {
      const promotional = dice.percent(50);
      const fromMs = nowMs + dice.whole(promotional ? -10 * DAY_MS : 1, 10 * DAY_MS);
      this.grants.push({
        ...{ step, name, account, unit: money, amount: dice.decimal(25, 2), priority: 0 },
        ...{ promotional, fromMs },
      });
    }
    if (!dice.percent(40)) return;
    const atMs = dice.percent(50) ? nowMs : nowMs - dice.whole(0, 60 * DAY_MS);
    this.checks.push({ step, account, unit, atMs });
  }

  #use({ step, nowMs, fromMs }: WatchedMoment): void {
    const { account, dice } = this;
    const late = dice.percent(15) ? dice.whole(1, 30 * DAY_MS) : 0;
    const atMs = Math.max(this.startMs, dice.whole(fromMs, nowMs - 1) - late);
    const key = `${account}-${this.events.length}`;
    const properties = { user: `user-${dice.whole(1, 5)}` };
    this.events.push({ step, account, event: 'Calls', key, atMs, properties });
  }

  /** One event of a step before, once. */
  #correct(step: number, nowMs: number): void {
    const { account, dice } = this;
    const open = this.events.slice(-12).filter((event) => {
      return event.step < step && this.corrections.every(({ key }) => key !== event.key);
    });
    if (open.length === 0) return;
    const { key, event, properties, atMs: before } = dice.oneOf(open);
    const atMs = Math.min(nowMs - 1, Math.max(this.startMs, before - dice.whole(0, 20 * DAY_MS)));
    const to = dice.percent(30) ? { to: { event, properties, atMs } } : {};
    this.corrections.push({ step, account, key, ...to });
  }
}

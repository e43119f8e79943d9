import type { AccessBook, EventBook } from '@billingrails/recompute';
import type { Dice } from '../dice';
import { DAY_MS } from '../subscribers/when';
import type { WatchedMoment } from './moment';
import { FEATURE } from './plan';

/** What is still to be done with a reservation. */
interface Open {
  readonly name: string;
  readonly step: number;
}

const MINUTE_MS = 60_000;

/** Asks for access, reserves, and settles, releases or forgets what was reserved, step by step. */
export class Reserving {
  readonly accesses: AccessBook[] = [];
  #open: Open[] = [];
  #count = 0;
  /** Of what was settled without its event, which comes in the next step. */
  #late: Omit<EventBook, 'step'>[] = [];

  constructor(
    readonly account: string,
    readonly dice: Dice,
  ) {}

  /** The events that report what was settled. */
  live({ step, nowMs, fromMs }: WatchedMoment): EventBook[] {
    const { account, dice } = this;
    const of = { step, after: false, account, feature: FEATURE.code } as const;
    const events = this.#late.map((event) => ({ ...event, step }));
    this.#late = [];
    this.accesses.push({ ...of, kind: 'check' });
    for (let count = dice.whole(0, 3); count > 0; count -= 1) {
      this.#count += 1;
      const name = `${account}-reservation-${this.#count}`;
      const quantity = dice.oneOf(['1', '1', '2', '0.5', '3.25']);
      const lifetimeMs = dice.oneOf([MINUTE_MS, DAY_MS]);
      this.accesses.push({ ...of, kind: 'reserve', name, quantity, lifetimeMs });
      this.#open.push({ name, step });
    }
    for (const each of [...this.#open]) {
      // What has expired by then may be settled still, and given back no more.
      if (!dice.percent(each.step === step ? 60 : 20)) continue;
      const { name } = each;
      this.#open = this.#open.filter((other) => other !== each);
      if (dice.percent(30)) {
        this.accesses.push({ ...of, kind: 'release', name });
        continue;
      }
      const atMs = dice.whole(fromMs, nowMs - 1);
      const [key, quantity] = [`${name}-event`, dice.oneOf(['1', '1', '2', '0.25'])];
      this.accesses.push({ ...of, kind: 'settle', name, quantity, key, atMs });
      const properties = { user: `user-${dice.whole(1, 5)}` };
      const event = { account, event: 'Calls', key, atMs, properties };
      if (dice.percent(75)) events.push({ ...event, step });
      else this.#late.push(event);
    }
    if (this.#open.length > 4) this.#open = this.#open.slice(-4);
    this.accesses.push({ ...of, kind: 'check', quantity: dice.oneOf(['0.75', '1', '2']) });
    this.accesses.push({ ...of, after: true, kind: 'check' });
    return events;
  }
}

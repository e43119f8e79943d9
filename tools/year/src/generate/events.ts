import type { EventBook, VoidBook } from '@billingrails/recompute';
import type { Dice } from './dice';
import type { Subscriber } from './subscribers';

const DAY_MS = 86_400_000;

/** Makes events and takes some back, step by step. */
export class Usage {
  readonly events: EventBook[] = [];
  readonly voids: VoidBook[] = [];
  readonly #voided = new Set<string>();

  constructor(
    readonly dice: Dice,
    readonly firstMs: number,
  ) {}

  /** What an account uses between two steps, some of it late, some on the edge of a cycle, some sent twice. */
  use(
    { account, nextCycleMs }: { account: string; nextCycleMs: (ms: number) => number },
    step: number,
    span: { fromMs: number; untilMs: number },
  ): void {
    const { dice } = this;
    for (let count = dice.whole(0, 5); count > 0; count -= 1) {
      const key = `event-${this.events.length}`;
      const atMs = this.#instant(nextCycleMs, span);
      const properties: Readonly<Record<string, string>> = dice.percent(50)
        ? { user: `user-${dice.whole(1, 9)}` }
        : { gb: `${dice.percent(8) ? '-' : ''}${dice.decimal(9, 4)}` };
      const event = 'user' in properties ? 'Calls' : 'Data';
      this.events.push({ step, account, event, key, atMs, properties });
    }
    const own = this.events.slice(-400).filter((event) => event.account === account);
    if (own.length > 0 && dice.percent(5)) this.events.push({ ...dice.oneOf(own), step });
    if (own.length > 0 && dice.percent(12)) this.#takeBack(dice.oneOf(own), step);
  }

  #instant(
    nextCycleMs: (ms: number) => number,
    { fromMs, untilMs }: { fromMs: number; untilMs: number },
  ): number {
    const { dice } = this;
    const edgeMs = nextCycleMs(fromMs - 40 * DAY_MS);
    if (dice.percent(8) && edgeMs < untilMs) return edgeMs + dice.oneOf([-1, 0, 1]);
    if (dice.percent(20)) return Math.max(this.firstMs, untilMs - dice.whole(1, 45 * DAY_MS));
    return dice.whole(fromMs, untilMs - 1);
  }

  #takeBack({ key, account }: EventBook, step: number): void {
    if (this.#voided.has(key)) return;
    this.#voided.add(key);
    this.voids.push({ step, account, key });
  }
}

/** What `Usage.use` needs to know of a subscriber. */
export function userOf(subscriber: Subscriber) {
  return {
    account: subscriber.account,
    nextCycleMs: (ms: number) => subscriber.nextCycleMs(ms),
  };
}

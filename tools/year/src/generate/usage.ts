import type { CorrectionBook, EventBook } from '@billingrails/recompute';
import type { Dice } from './dice';
import type { Subscriber } from './subscribers';

const DAY_MS = 86_400_000;

/** Makes events and corrects some, step by step. */
export class Usage {
  readonly events: EventBook[] = [];
  readonly corrections: CorrectionBook[] = [];
  readonly #corrected = new Set<string>();

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
      const content = this.#content(this.#instant(nextCycleMs, span));
      this.events.push({ step, account, key, ...content });
    }
    const own = this.events.slice(-400).filter((event) => event.account === account);
    if (own.length > 0 && dice.percent(5)) this.events.push({ ...dice.oneOf(own), step });
    if (own.length > 0 && dice.percent(12)) this.#correct(dice.oneOf(own), step);
  }

  #content(atMs: number): Pick<EventBook, 'event' | 'atMs' | 'properties'> {
    const { dice } = this;
    if (dice.percent(50))
      return { event: 'Calls', atMs, properties: { user: `user-${dice.whole(1, 9)}` } };
    const gb = `${dice.percent(8) ? '-' : ''}${dice.decimal(9, 4)}`;
    const region = dice.oneOf(['', 'eu', 'us', 'us', 'asia']);
    return { event: 'Data', atMs, properties: { gb, ...(region !== '' && { region }) } };
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

  /** Once for each event: taken back, or with other content, perhaps at another time. */
  #correct({ key, account, atMs }: EventBook, step: number): void {
    const { dice } = this;
    if (this.#corrected.has(key)) return;
    this.#corrected.add(key);
    const to = this.#content(Math.max(this.firstMs, atMs - dice.whole(0, 20) * DAY_MS));
    this.corrections.push({ step, account, key, ...(dice.percent(50) ? { to } : {}) });
  }
}

/** What `Usage.use` needs to know of a subscriber. */
export function userOf(subscriber: Subscriber) {
  return {
    account: subscriber.account,
    nextCycleMs: (ms: number) => subscriber.nextCycleMs(ms),
  };
}

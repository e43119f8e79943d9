import { CALLS_AT_ONCE_MAX, CALLS_AT_ONCE_SHARE } from '../limits';

/** A call's place among those of all organisations. */
export interface Turn {
  /** To be called when the call is over, whether its turn had come or not. */
  end(): void;
}

export interface TurnLimits {
  /** How many calls run at once. */
  readonly atOnceMax: number;
  /** Of them, of one owner. */
  readonly shareMax: number;
}

/**
 * Lets so many calls run at once, and of one organisation so many. The others wait, of each organisation in their
 * order, and organisations take turns: however many calls one of them sends, another's waits for one of each.
 */
export class CallTurns {
  readonly #running = new Map<string, number>();
  /** By owner; whose turn comes first is first. */
  readonly #waiting = new Map<string, Set<() => void>>();
  #count = 0;

  constructor(
    private readonly limits: TurnLimits = {
      atOnceMax: CALLS_AT_ONCE_MAX,
      shareMax: CALLS_AT_ONCE_SHARE,
    },
  ) {}

  /** Calls `run` when it is the owner's turn, which may be at once. */
  take(owner: string, run: () => void): Turn {
    let state: 'waiting' | 'running' | 'over' = 'waiting';
    const begin = (): void => {
      state = 'running';
      this.#count += 1;
      this.#running.set(owner, this.#runningOf(owner) + 1);
      run();
    };
    const waiting = this.#waiting.get(owner);
    if (waiting === undefined && this.#hasRoom(owner)) begin();
    else if (waiting === undefined) this.#waiting.set(owner, new Set([begin]));
    else waiting.add(begin);
    return {
      end: () => {
        const was = state;
        state = 'over';
        if (was === 'waiting') this.#forget(owner, begin);
        if (was === 'running') this.#leave(owner);
      },
    };
  }

  #leave(owner: string): void {
    this.#count -= 1;
    const left = this.#runningOf(owner) - 1;
    if (left > 0) this.#running.set(owner, left);
    else this.#running.delete(owner);
    for (const [next, waiting] of this.#waiting) {
      if (!this.#hasRoom(next)) continue;
      const [begin] = waiting;
      if (begin === undefined) continue;
      this.#forget(next, begin);
      // Behind all others now.
      const others = this.#waiting.get(next);
      this.#waiting.delete(next);
      if (others !== undefined) this.#waiting.set(next, others);
      return begin();
    }
  }

  #forget(owner: string, begin: () => void): void {
    const waiting = this.#waiting.get(owner);
    waiting?.delete(begin);
    if (waiting?.size === 0) this.#waiting.delete(owner);
  }

  #hasRoom(owner: string): boolean {
    const { atOnceMax, shareMax } = this.limits;
    return this.#count < atOnceMax && this.#runningOf(owner) < shareMax;
  }

  #runningOf(owner: string): number {
    return this.#running.get(owner) ?? 0;
  }
}

/** A clock that moves only when it is told to. Pass `nowMs` where code takes a clock. */
export interface FakeClock {
  /** Epoch milliseconds. Needs no `this`. */
  readonly nowMs: () => number;
  /** Moves forward. Throws RangeError on a negative step: use `set` to go back. */
  readonly advance: (byMs: number) => void;
  /** Moves to an instant, also into the past. */
  readonly set: (toMs: number) => void;
}

/** A clock that stands at `startMs`, epoch milliseconds. */
export function fakeClock(startMs: number): FakeClock {
  let currentMs = startMs;
  return {
    nowMs: () => currentMs,
    advance(byMs) {
      if (byMs < 0) throw new RangeError(`A clock cannot advance by ${byMs} ms.`);
      currentMs += byMs;
    },
    set(toMs) {
      currentMs = toMs;
    },
  };
}

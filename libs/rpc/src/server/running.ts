export interface Running {
  start(): void;
  end(): void;
  count(): number;
  /** Waits until nothing runs, at most `limitMs`; whether nothing does. */
  none(limitMs: number): Promise<boolean>;
}

/** Counts what runs, for whoever waits until it has ended. */
export function countRunning(): Running {
  let running = 0;
  let onNone = (): void => undefined;
  return {
    start: () => (running += 1),
    end() {
      running -= 1;
      if (running === 0) onNone();
    },
    count: () => running,
    none: (limitMs) =>
      new Promise((resolve) => {
        if (running === 0) return resolve(true);
        const timer = setTimeout(() => resolve(false), limitMs);
        onNone = () => {
          clearTimeout(timer);
          resolve(true);
        };
      }),
  };
}

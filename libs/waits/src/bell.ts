/** The longest that a timer of Node can wait: what is longer would end at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** A wait that somebody else can end. One waits at a time; a ring while nobody waits counts for the next wait. */
export class Bell {
  #rung = false;
  #wake: (() => void) | undefined;

  /** Ends the wait under way, or the next one. */
  ring(): void {
    this.#rung = true;
    this.#wake?.();
  }

  /** Resolves when the bell is rung, after `ms`, or when `signal` is aborted; it never rejects. */
  async wait(ms = Infinity, signal?: AbortSignal): Promise<void> {
    if (!this.#rung && signal?.aborted !== true) await this.#sleep(ms, signal);
    this.#rung = false;
  }

  #sleep(ms: number, signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', wake);
        this.#wake = undefined;
        resolve();
      };
      const timer = ms === Infinity ? undefined : setTimeout(wake, Math.min(ms, TIMER_MS_MAX));
      signal?.addEventListener('abort', wake);
      this.#wake = wake;
    });
  }
}

/** Resolves after `ms`, or when `signal` is aborted; it never rejects. */
export function rest(ms: number, signal?: AbortSignal): Promise<void> {
  return new Bell().wait(ms, signal);
}

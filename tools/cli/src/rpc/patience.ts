import { backOffMs, rest } from '@billingrails/waits';
import { CallError } from './call-error';
import { UnreachableError } from './connection';

const BACK_OFF = { firstMs: 200, maxMs: 5_000 };
const PATIENCE_MS = 300_000;

/** Waits for a platform that is away or full, for five minutes; for calls that may be made again as they were. */
export class Patience {
  #waitsSinceMs: number | undefined;

  constructor(
    private readonly clock: () => number,
    private readonly onWaiting: (error: Error) => void,
  ) {}

  /** A call has succeeded. */
  renew(): void {
    this.#waitsSinceMs = undefined;
  }

  /** Resolves when the call may be made again, after so many failures. Throws what does not pass, or not in time. */
  async wait(error: unknown, failures: number): Promise<void> {
    const isPassing =
      error instanceof UnreachableError || (error instanceof CallError && error.isPassing);
    const nowMs = this.clock();
    if (!isPassing) throw error;
    if (this.#waitsSinceMs === undefined) this.onWaiting(error);
    this.#waitsSinceMs ??= nowMs;
    if (nowMs - this.#waitsSinceMs > PATIENCE_MS) throw error;
    const told = error instanceof CallError ? error.details.retryMs : undefined;
    await rest(told ?? backOffMs(BACK_OFF, failures));
  }
}

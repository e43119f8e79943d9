import { unavailable } from '@billingrails/errors';
import type { Logger } from '@billingrails/log';
import { Bell } from '@billingrails/waits';

/** Other replicas' lanes are looked at this often while somebody waits. */
const POLL_INTERVAL_MS = 25;
const RETRY_AFTER_MS = 1_000;

interface Waiter {
  readonly missing: Map<number, number>;
  /** Rung when nothing is missing. */
  readonly bell: Bell;
}

/**
 * How far each partition has been applied, as far as this process knows, and who waits for more. This process's own
 * lanes report here; the others are read by one poll for all who wait, and none when nobody does.
 */
export class Positions {
  readonly #applied = new Map<number, number>();
  readonly #waiters = new Set<Waiter>();
  /** Called at every advance. */
  readonly #watchers = new Set<() => void>();
  #polling = false;

  constructor(
    private readonly readAppliedSeqs: () => Promise<ReadonlyMap<number, number>>,
    private readonly logger: Logger,
  ) {}

  /** Notes that a partition has been applied up to a sequence. */
  advance(partition: number, seq: number): void {
    if (seq <= (this.#applied.get(partition) ?? 0)) return;
    this.#applied.set(partition, seq);
    for (const waiter of this.#waiters) {
      if ((waiter.missing.get(partition) ?? Infinity) > seq) continue;
      waiter.missing.delete(partition);
      if (waiter.missing.size === 0) waiter.bell.ring();
    }
    for (const look of this.#watchers) look();
  }

  /** Grows whenever one of the partitions is known to have been applied further. */
  appliedSum(partitions: readonly number[]): number {
    return partitions.reduce((sum, partition) => sum + (this.#applied.get(partition) ?? 0), 0);
  }

  /** Resolves when the sum of applied sequences has passed `seen`, after `timeoutMs`, or when `signal` is aborted. */
  async moved(
    partitions: readonly number[],
    seen: number,
    timeoutMs: number,
    signal: AbortSignal,
  ): Promise<void> {
    if (signal.aborted || this.appliedSum(partitions) > seen) return;
    const bell = new Bell();
    const look = () => {
      if (this.appliedSum(partitions) > seen) bell.ring();
    };
    this.#watchers.add(look);
    await bell.wait(timeoutMs, signal);
    this.#watchers.delete(look);
  }

  /**
   * Resolves when every partition has been applied up to its sequence. Throws DomainError unavailable when that has
   * not happened within `timeoutMs` or `signal` is aborted.
   */
  async reached(
    seqs: ReadonlyMap<number, number>,
    timeoutMs: number,
    signal?: AbortSignal,
  ): Promise<void> {
    const missing = new Map(
      [...seqs].filter(([partition, seq]) => seq > (this.#applied.get(partition) ?? 0)),
    );
    if (missing.size === 0) return;
    const waiter = { missing, bell: new Bell() };
    this.#waiters.add(waiter);
    this.#startPoll();
    await waiter.bell.wait(Math.max(timeoutMs, 0), signal);
    this.#waiters.delete(waiter);
    if (missing.size > 0) throw notCaughtUp([...missing.keys()]);
  }

  #startPoll(): void {
    if (this.#polling) return;
    this.#polling = true;
    setTimeout(() => void this.#pollOnce(), POLL_INTERVAL_MS);
  }

  async #pollOnce(): Promise<void> {
    try {
      for (const [partition, seq] of await this.readAppliedSeqs()) this.advance(partition, seq);
    } catch (error) {
      // Those who wait time out by themselves if it stays so.
      this.logger.warn({ err: error }, 'applied positions could not be read');
    }
    this.#polling = false;
    if (this.#waiters.size > 0) this.#startPoll();
  }
}

function notCaughtUp(partitions: readonly number[]) {
  return unavailable(
    'NOT_CAUGHT_UP',
    `Metering has not yet applied all events that this answer must count (partitions ${partitions.join(', ')}). Try again.`,
    RETRY_AFTER_MS,
  );
}

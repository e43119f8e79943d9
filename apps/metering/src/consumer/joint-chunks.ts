import { DomainError } from '@billingrails/errors';
import { setImmediate } from 'node:timers/promises';
import { costOf, type ChunkLimits } from '../events/contract/chunks';
import { applyChunks, type ApplyContext, type ChunkMove } from '../events/use-cases/apply-chunks';
import { Turns } from './turns';

interface Waiting {
  readonly context: ApplyContext;
  readonly move: ChunkMove;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/**
 * Applies the chunks of a process's lanes, few transactions at a time, and in each as many of the waiting chunks as are
 * not too much together: what a transaction costs by itself is shared. When traffic is thin, one takes what all lanes
 * have; when there is much, each lane's chunk fills one.
 */
export class JointChunks {
  readonly #turns: Turns;
  readonly #waiting: Waiting[] = [];

  /** `atOnce` transactions, each of chunks within `limits` together, or of one chunk. */
  constructor(
    atOnce: number,
    private readonly limits: ChunkLimits,
  ) {
    this.#turns = new Turns(atOnce);
  }

  /** Whether anything is being applied. */
  get active(): boolean {
    return this.#turns.active;
  }

  /** Applies a chunk as `applyChunks` does. A lane has one here at a time. */
  apply(context: ApplyContext, move: ChunkMove): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ context, move, resolve, reject });
      // As many turns as chunks; those whose chunks were taken by others before find less, or nothing.
      void this.#turns.take(() => this.#applyNext());
    });
  }

  async #applyNext(): Promise<void> {
    if (this.#waiting.length === 0) return;
    // Lanes whose chunks were just applied read their next ones first.
    await setImmediate();
    const group = this.#takeGroup();
    const [first] = group;
    if (first === undefined) return;
    try {
      await applyChunks(
        first.context,
        group.map(({ move }) => move),
      );
      for (const { resolve } of group) resolve();
    } catch (error) {
      await settleAlone(group, error);
    }
  }

  #takeGroup(): Waiting[] {
    const group: Waiting[] = [];
    let [eventCount, byteCount] = [0, 0];
    for (const waiting of this.#waiting) {
      const { chunk } = waiting.move;
      eventCount += costOf(chunk);
      byteCount += chunk.byteCount;
      const fits = eventCount <= this.limits.eventCount && byteCount <= this.limits.byteCount;
      if (!fits && group.length > 0) break;
      group.push(waiting);
    }
    this.#waiting.splice(0, group.length);
    return group;
  }
}

/**
 * A partition whose cursor has moved, or a chunk that cannot be applied, must not hold up the others: each is tried
 * alone. A database that is away would only be found away again.
 */
async function settleAlone(group: readonly Waiting[], error: unknown): Promise<void> {
  if (group.length === 1 || error instanceof DomainError) {
    for (const { reject } of group) reject(error);
    return;
  }
  for (const { context, move, resolve, reject } of group) {
    await applyChunks(context, [move]).then(resolve, reject);
  }
}

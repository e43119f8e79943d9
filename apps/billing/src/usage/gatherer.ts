/** Something to be done, and who waits for it. */
interface Waiting<T, R> {
  readonly task: T;
  readonly resolve: (result: R) => void;
  readonly reject: (error: unknown) => void;
}

/** How tasks of one key are done together. */
export interface Gathering<T, R> {
  /** At most so many together. */
  readonly sizeMax: number;
  /** Unset: a group of a key begins when the one before is done. */
  readonly slow?: SlowGroups;
  /** Whether a task may be done together with those before it. */
  readonly fits: (task: T, before: readonly T[]) => boolean;
  /** Does them: a result or an error for each, in their order. What it throws is thrown to all of them. */
  readonly run: (tasks: readonly T[]) => Promise<readonly (R | Error)[]>;
}

/** A group that has taken `afterMs` no longer holds up the next, but at most so many of a key are done at once. */
export interface SlowGroups {
  readonly afterMs: number;
  readonly groupsMax: number;
}

interface Queue<T, R> {
  readonly waiting: Waiting<T, R>[];
  /** Groups that are being done, or about to be. */
  running: number;
  /** Those of them that take long. */
  slow: number;
}

/**
 * Lets those who want the same at the same time do it together: while some do, others wait, and then go together, in
 * the order they came. Whoever comes in the same turn of the event loop goes with the first.
 */
export class Gatherer<T, R> {
  readonly #queues = new Map<string, Queue<T, R>>();

  constructor(private readonly gathering: Gathering<T, R>) {}

  do(key: string, task: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(key) ?? { waiting: [], running: 0, slow: 0 };
      this.#queues.set(key, queue);
      queue.waiting.push({ task, resolve, reject });
      this.#runMore(key, queue);
    });
  }

  /** Begins with what waits, where it need not wait for others. */
  #runMore(key: string, queue: Queue<T, R>): void {
    const { groupsMax = 1 } = this.gathering.slow ?? {};
    if (queue.running > queue.slow || queue.running >= groupsMax) return;
    queue.running += 1;
    setImmediate(() => void this.#runNext(key, queue));
  }

  async #runNext(key: string, queue: Queue<T, R>): Promise<void> {
    let isSlow = false;
    const { slow } = this.gathering;
    const becomesSlow = () => {
      isSlow = true;
      queue.slow += 1;
      if (queue.waiting.length > 0) this.#runMore(key, queue);
    };
    const timer = slow && setTimeout(becomesSlow, slow.afterMs);
    await this.#runSome(this.#take(queue.waiting));
    clearTimeout(timer);
    queue.running -= 1;
    if (isSlow) queue.slow -= 1;
    if (queue.waiting.length > 0) this.#runMore(key, queue);
    else if (queue.running === 0) this.#queues.delete(key);
  }

  /** Those that are next, taken from those that wait. */
  #take(waiting: Waiting<T, R>[]): Waiting<T, R>[] {
    const { sizeMax, fits } = this.gathering;
    const taken = waiting.splice(0, 1);
    while (taken.length < sizeMax && waiting[0] !== undefined) {
      const tasks = taken.map(({ task }) => task);
      if (!fits(waiting[0].task, tasks)) break;
      taken.push(...waiting.splice(0, 1));
    }
    return taken;
  }

  async #runSome(taken: readonly Waiting<T, R>[]): Promise<void> {
    try {
      const results = await this.gathering.run(taken.map(({ task }) => task));
      for (const [index, { resolve, reject }] of taken.entries()) {
        const result = results[index];
        if (result instanceof Error) reject(result);
        else resolve(result as R);
      }
    } catch (error) {
      for (const { reject } of taken) reject(error);
    }
  }
}

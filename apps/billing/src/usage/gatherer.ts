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
  /** How many groups of a key are done at once; unset: one after the other. */
  readonly runsAtOnce?: number;
  /** Whether a task may be done together with those before it. */
  readonly fits: (task: T, before: readonly T[]) => boolean;
  /** Does them: a result or an error for each, in their order. What it throws is thrown to all of them. */
  readonly run: (tasks: readonly T[]) => Promise<readonly (R | Error)[]>;
}

interface Queue<T, R> {
  readonly waiting: Waiting<T, R>[];
  running: number;
}

/**
 * Lets those who want the same at the same time do it together: while some do, others wait, and then go together, in
 * the order they came.
 */
export class Gatherer<T, R> {
  readonly #queues = new Map<string, Queue<T, R>>();

  constructor(private readonly gathering: Gathering<T, R>) {}

  do(key: string, task: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const queue = this.#queues.get(key) ?? { waiting: [], running: 0 };
      this.#queues.set(key, queue);
      queue.waiting.push({ task, resolve, reject });
      if (queue.running < (this.gathering.runsAtOnce ?? 1)) void this.#runAll(key, queue);
    });
  }

  async #runAll(key: string, queue: Queue<T, R>): Promise<void> {
    queue.running += 1;
    while (queue.waiting.length > 0) await this.#runSome(this.#take(queue.waiting));
    queue.running -= 1;
    if (queue.running === 0) this.#queues.delete(key);
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

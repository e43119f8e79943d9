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
  /** Whether a task may be done together with those before it. */
  readonly fits: (task: T, before: readonly T[]) => boolean;
  /** Does them: a result or an error for each, in their order. What it throws is thrown to all of them. */
  readonly run: (tasks: readonly T[]) => Promise<readonly (R | Error)[]>;
}

/**
 * Lets those who want to change the same thing at the same time do it together: while some do, others wait, and then go
 * together, in the order they came.
 */
export class Gatherer<T, R> {
  readonly #waiting = new Map<string, Waiting<T, R>[]>();

  constructor(private readonly gathering: Gathering<T, R>) {}

  do(key: string, task: T): Promise<R> {
    return new Promise((resolve, reject) => {
      const waiting = this.#waiting.get(key);
      const each = { task, resolve, reject };
      if (waiting !== undefined) {
        waiting.push(each);
        return;
      }
      const first = [each];
      this.#waiting.set(key, first);
      void this.#runAll(key, first);
    });
  }

  async #runAll(key: string, waiting: Waiting<T, R>[]): Promise<void> {
    while (waiting.length > 0) await this.#runSome(this.#take(waiting));
    this.#waiting.delete(key);
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

/** Lets at most `atOnce` tasks run at a time, in the order they asked. */
export class Turns {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  constructor(private readonly atOnce: number) {}

  /** Runs the task when its turn has come, and gives its result. */
  async take<T>(task: () => Promise<T>): Promise<T> {
    if (this.#running >= this.atOnce) {
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await task();
    } finally {
      // The place goes to the next in line, or becomes free.
      const next = this.#waiting.shift();
      if (next === undefined) this.#running -= 1;
      else next();
    }
  }

  /** Whether any task runs. */
  get active(): boolean {
    return this.#running > 0;
  }
}

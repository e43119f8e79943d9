interface Stoppable {
  stop(): Promise<void>;
}

/** What a test starts as often as it likes: each stops by itself, or with all that still run. */
export class Started<T extends Stoppable> {
  readonly #running = new Set<Stoppable>();

  /** The same, and known to run until it is stopped. */
  add(started: T): T {
    const own = {
      ...started,
      stop: async () => {
        this.#running.delete(own);
        await started.stop();
      },
    };
    this.#running.add(own);
    return own;
  }

  /** Stops what still runs, one after another. */
  async stop(): Promise<void> {
    for (const each of [...this.#running]) await each.stop();
  }
}

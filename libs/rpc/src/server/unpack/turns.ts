/**
 * Large messages are read one after the other. The runtime reads each in one go, on the one thread that all calls
 * share; after each, the thread is left to the others for as long as it took. So whatever is sent, half of the time is
 * theirs.
 */
export class Turns {
  readonly #waiting: (() => void)[] = [];
  #isTaken = false;

  /** Resolves when it is the caller's turn, which ends by itself once what follows has run. */
  async next(): Promise<void> {
    if (this.#isTaken) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    this.#isTaken = true;
    const beganMs = performance.now();
    setImmediate(() => setTimeout(() => this.#end(), performance.now() - beganMs));
  }

  #end(): void {
    const next = this.#waiting.shift();
    if (next === undefined) this.#isTaken = false;
    else next();
  }
}

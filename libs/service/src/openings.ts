/** What was opened and is to be closed. */
export interface Closable {
  close(): unknown;
}

/** Opens something that a service needs. `what` is named in the log when it has to be waited for. */
export type Opening = <T extends Closable>(what: string, open: () => Promise<T>) => Promise<T>;

/** What a try to start has opened so far. */
export class Openings {
  readonly #opened: Closable[] = [];
  /** What was opened last, or is being opened. */
  what = '';

  readonly open: Opening = async (what, open) => {
    this.what = what;
    const closable = await open();
    this.#opened.push(closable);
    return closable;
  };

  /** Closes all of it, the last opened first. What cannot be closed keeps nothing else open. */
  async close(onFailure: (error: unknown) => void): Promise<void> {
    for (let next = this.#opened.pop(); next !== undefined; next = this.#opened.pop()) {
      try {
        await next.close();
      } catch (error) {
        onFailure(error);
      }
    }
  }
}

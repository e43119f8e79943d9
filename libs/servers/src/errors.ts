/**
 * Something outside the code stands in the way: a port, a download, a server that does not start. The message says
 * what happened; `remedy` says what the reader can do about it, and is printed with it.
 */
export class StackError extends Error {
  override readonly name = 'StackError';
  readonly remedy: string;

  constructor(problem: string, remedy: string, options: { cause?: unknown } = {}) {
    super(`${problem}\n${remedy}`, options);
    this.remedy = remedy;
  }
}

/** The text of whatever was thrown. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

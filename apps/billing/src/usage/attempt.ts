/** Why something could not be done, for what goes on without it. */
export interface Failure {
  readonly failure: unknown;
}

/** What came of it, or why nothing did. Nothing that is tried may itself have a field `failure`. */
export type Attempted<T> = T | Failure;

/** Runs it; what it throws is its outcome. */
export async function attempt<T>(run: () => T | Promise<T>): Promise<Attempted<T>> {
  try {
    return await run();
  } catch (failure) {
    return { failure };
  }
}

export function isFailure(outcome: unknown): outcome is Failure {
  return typeof outcome === 'object' && outcome !== null && 'failure' in outcome;
}

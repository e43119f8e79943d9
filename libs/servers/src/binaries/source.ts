import type { Report } from './progress';

/** Not to be got from there, for a reason that leaves other sources worth trying. */
export class SourceUnavailable extends Error {
  override readonly name = 'SourceUnavailable';
}

/** What fetching depends on from outside. */
export interface Context {
  readonly env: NodeJS.ProcessEnv;
  readonly report: Report;
}

import type { DomainError, Violation } from '@billingrails/errors';
import { invalid } from '@billingrails/errors';

/** So many are told one by one: an answer must not grow with how wrong its request is. */
const FAULTS_LISTED_MAX = 100;

/** What is wrong with a request that cannot be read: the first `FAULTS_LISTED_MAX` of all that there are. */
export class Faults {
  readonly listed: Violation[] = [];
  count = 0;

  /** `field` and `description` are made only for what is listed. */
  add(field: () => string, description: () => string): void {
    this.count += 1;
    if (this.listed.length >= FAULTS_LISTED_MAX) return;
    this.listed.push({ field: field(), description: description() });
  }

  error(): DomainError {
    return invalid('REQUEST_MALFORMED', 'The request cannot be read.', this.listed, {
      violationCount: this.count,
    });
  }
}

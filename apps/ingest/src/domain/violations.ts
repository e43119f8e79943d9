import { invalid } from '@billingrails/errors';
import type { Violation } from '@billingrails/errors';
import { limits } from './event';

/**
 * Gathers what is wrong with a request. All of it is counted, the first `limits.violationsListedMax` are kept:
 * an answer must not grow with how wrong its request is.
 */
export class Violations {
  readonly #listed: Violation[] = [];
  #count = 0;

  /** How many there are, listed or not. */
  get total(): number {
    return this.#count;
  }

  /** Notes a violation. The path is made only when it will be listed. */
  add(fieldPath: () => string, description: string): void {
    this.#count += 1;
    if (this.#listed.length < limits.violationsListedMax)
      this.#listed.push({ field: fieldPath(), description });
  }

  /** Throws DomainError invalid with the violations there are; returns when there are none. */
  throwIfAny(): void {
    if (this.#count === 0) return;
    throw invalid('EVENTS_INVALID', 'Nothing was stored.', this.#listed, {
      violationCount: this.#count,
    });
  }
}

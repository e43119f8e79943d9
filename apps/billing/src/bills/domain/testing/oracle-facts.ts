import type { Fact } from '../../../subscriptions/domain/fact';

export const HOUR = 3_600_000;

/** Who named a fact later took it back. */
export function standingOf(inOrder: readonly Fact[]): Fact[] {
  return inOrder.filter(
    ({ number }) => !inOrder.some((each) => each.kind === 'taken_back' && each.change === number),
  );
}

import type { Asked, Charge } from './charge';

/**
 * The charges of a bill as they stand on it: of fees, what is let off of them, commitments, what is charged beside, and
 * what is owed no longer; each cycle by cycle.
 */
export function inOrderOfBill(charges: readonly Charge[]): Charge[] {
  return [...charges].sort((a, b) => rankOf(a) - rankOf(b));
}

function rankOf({ kind, dueMs, parts }: Charge): number {
  if (parts.length === 0) return 4;
  if (kind === 'DISCOUNT') return 1;
  if (kind === 'COMMITMENT') return 2;
  return dueMs === undefined ? 3 : 0;
}

/** The fees as they appear in the cycle: those of plans before those of add-ons. */
export function feesInOrder({ agreement, cycle, history }: Asked): string[] {
  const stretches = [...agreement.stretches(cycle, false), ...agreement.stretches(cycle, true)];
  const feesOf = (names: (stretch: (typeof stretches)[number]) => readonly string[]) =>
    stretches.flatMap((stretch) =>
      names(stretch).flatMap((plan) =>
        (history.plans.find(({ name }) => name === plan)?.fees ?? [])
          .map(({ name }) => name)
          .filter((name) => stretch.fees?.[name]?.removed !== true),
      ),
    );
  return [...feesOf(({ plan }) => [plan]), ...feesOf(({ addOns = {} }) => Object.keys(addOns))];
}

/** The name of a charge's fee. */
export function feeOf({ feeCycle }: Pick<Charge, 'feeCycle'>): string {
  return feeCycle.split('/')[0] ?? '';
}

import type { CreditGrantId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import { endOf, type CreditGrant } from './credit-grant';
import { coversKey } from './credit-scope';
import type { Overage } from './credit-unit';

/** What a grant's credits went to in a span, or at its beginning, expired or taken back, or what no grant covered. */
export interface Burning {
  readonly kind: 'burned' | 'paid_back' | 'expired' | 'voided' | 'overage' | 'borrowed';
  /** When the span begins. */
  readonly startMs: number;
  /** Unset where no grant covers it. */
  readonly grant?: CreditGrant;
  /** Below 0 where usage below 0 takes back what was burned since the grants were others. */
  readonly amount: Decimal;
}

/** What usage has left of grants. */
export interface Left {
  /** Of grants of which something was taken: what was left. */
  readonly left: ReadonlyMap<CreditGrantId, Decimal>;
  /** By profile what was borrowed; below 0 what is taken off what is used next. */
  readonly owed: ReadonlyMap<string, Decimal>;
  readonly uncovered: Decimal;
}

const ZERO = decimal(0n);

/** What usage in a stretch has left, and what its credits went to, by kind and grant. */
export interface Outcome extends Left {
  readonly moved: ReadonlyMap<string, Omit<Burning, 'startMs'>>;
}

/**
 * Burns those of the grants that cover usage at an instant by what was consumed of each profile: each grant in its
 * order what it covers, in the order of the profiles, what was borrowed first.
 */
export function burn(
  ordered: readonly CreditGrant[],
  base: Left,
  consumed: ReadonlyMap<string, Decimal>,
  overage: Overage,
  instantMs: number,
): Outcome {
  const left = new Map(base.left);
  const owed = new Map(base.owed);
  for (const [profile, amount] of consumed)
    owed.set(profile, (owed.get(profile) ?? ZERO).add(amount));
  const debts = new Map([...base.owed].map(([profile, debt]) => [profile, positive(debt)]));
  const moved = new Map<string, Omit<Burning, 'startMs'>>();
  const note = (kind: Burning['kind'], amount: Decimal, grant?: CreditGrant) => {
    const key = `${kind}/${grant?.id ?? ''}`;
    const sum = (moved.get(key)?.amount ?? ZERO).add(amount);
    moved.set(key, { kind, amount: sum, ...(grant === undefined ? {} : { grant }) });
  };
  for (const grant of ordered) {
    if (!covers(grant, instantMs)) continue;
    for (const [profile, due] of owed) {
      const remaining = left.get(grant.id) ?? grant.amount;
      if (!due.gt(ZERO) || !remaining.gt(ZERO) || !coversKey(grant.scope, profile)) continue;
      const debt = debts.get(profile) ?? ZERO;
      const taken = smaller(remaining, due);
      const paidBack = smaller(taken, debt);
      note('paid_back', paidBack, grant);
      note('burned', taken.sub(paidBack), grant);
      left.set(grant.id, remaining.sub(taken));
      debts.set(profile, debt.sub(paidBack));
      owed.set(profile, due.sub(taken));
    }
  }
  let { uncovered } = base;
  for (const [profile, due] of owed) {
    const over = positive(due).sub(debts.get(profile) ?? ZERO);
    note(overage === 'borrowed' ? 'borrowed' : 'overage', over);
    if (overage === 'borrowed' || !due.gt(ZERO)) continue;
    uncovered = uncovered.add(due);
    owed.set(profile, ZERO);
  }
  return { left, owed, uncovered, moved };
}

/** What more, or less, has moved. */
export function differences(
  startMs: number,
  before: Outcome['moved'],
  now: Outcome['moved'],
): Burning[] {
  return [...new Set([...before.keys(), ...now.keys()])].flatMap((key): Burning[] => {
    const [was, is] = [before.get(key), now.get(key)];
    const of = is ?? was;
    const amount = (is?.amount ?? ZERO).sub(was?.amount ?? ZERO);
    return of === undefined || amount.isZero() ? [] : [{ ...of, startMs, amount }];
  });
}

/** The amount, or 0 where it is below. */
export const positive = (value: Decimal): Decimal => (value.gt(ZERO) ? value : ZERO);

const smaller = (a: Decimal, b: Decimal): Decimal => (a.lt(b) ? a : b);

function covers(grant: CreditGrant, instantMs: number): boolean {
  return grant.effectiveMs <= instantMs && instantMs < endOf(grant);
}

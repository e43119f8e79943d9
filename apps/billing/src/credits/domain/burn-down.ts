import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { burnsBefore, endOf, type CreditGrant } from './credit-grant';
import type { Overage } from './credit-unit';

/** What usage in a span asks for, in credits. Below 0 where more was given back than used. */
export interface BurningSpan extends Period {
  readonly consumed: Decimal;
}

/** What has become of a grant. The parts sum to its amount. */
export interface GrantBalance {
  readonly grant: CreditGrant;
  /** What may be burned. */
  readonly remaining: Decimal;
  readonly burned: Decimal;
  readonly expired: Decimal;
  readonly voided: Decimal;
  /** What is still to take effect. */
  readonly pending: Decimal;
}

/** What a grant's credits went to in a span, or what no grant covered. */
export interface Burning {
  readonly kind: 'burned' | 'paid_back' | 'overage' | 'borrowed';
  /** When the span begins. */
  readonly startMs: number;
  /** Unset where no grant covers it. */
  readonly grant?: CreditGrant;
  /** Below 0 only for what was borrowed, where usage below 0 makes what is owed less. */
  readonly amount: Decimal;
}

/** What credits have come to at an instant. */
export interface CreditBalance {
  /** What may be burned, less what is owed. */
  readonly available: Decimal;
  readonly used: Decimal;
  /** What was used and no grant covers. */
  readonly overage: Decimal;
  /** In the order in which they are burned. */
  readonly grants: readonly GrantBalance[];
  /** How it came to be, by span. What was burned, overage and borrowed sum to what was used. */
  readonly burnings: readonly Burning[];
}

const ZERO = decimal(0n);

/**
 * The spans from the first grant's beginning up to an instant, in each of which the same grants cover usage: cut where
 * one takes effect or ends, and at `others`.
 */
export function spansOf(
  grants: readonly CreditGrant[],
  untilMs: number,
  others: readonly number[] = [],
): Period[] {
  const cuts = new Set([
    ...grants.flatMap((grant) => [grant.effectiveMs, endOf(grant)]),
    ...others,
  ]);
  const firstMs = Math.min(...grants.map(({ effectiveMs }) => effectiveMs));
  const inside = [...cuts].filter((cut) => cut >= firstMs && cut < untilMs);
  const bounds = [...inside, untilMs].sort((a, b) => a - b);
  return bounds.slice(1).map((endMs, index) => ({ startMs: bounds[index] ?? endMs, endMs }));
}

/**
 * Burns grants by what was consumed, span by span, and tells what has become of them at an instant. What is below 0 in
 * a span is taken off the next ones. `spans` are those of `spansOf` with the same grants and instant.
 */
export function burnDown(
  grants: readonly CreditGrant[],
  spans: readonly BurningSpan[],
  overage: Overage,
  atMs: number,
): CreditBalance {
  const ordered = [...grants].sort(burnsBefore);
  const left = new Map(ordered.map(({ id, amount }) => [id, amount]));
  const burnings: Burning[] = [];
  let [owed, uncovered, used] = [ZERO, ZERO, ZERO];
  // At the instant itself nothing is used yet; what then takes effect pays what was borrowed.
  for (const { startMs, consumed } of [...spans, { startMs: atMs, consumed: ZERO }]) {
    used = used.add(consumed);
    let debt = positive(owed);
    owed = owed.add(consumed);
    const note = (kind: Burning['kind'], amount: Decimal, grant?: CreditGrant) => {
      if (amount.isZero()) return;
      burnings.push({ kind, startMs, amount, ...(grant === undefined ? {} : { grant }) });
    };
    for (const grant of ordered) {
      const remaining = left.get(grant.id) ?? ZERO;
      if (!owed.gt(ZERO) || !covers(grant, startMs)) continue;
      const taken = smaller(remaining, owed);
      const paidBack = smaller(taken, debt);
      note('paid_back', paidBack, grant);
      note('burned', taken.sub(paidBack), grant);
      left.set(grant.id, remaining.sub(taken));
      debt = debt.sub(paidBack);
      owed = owed.sub(taken);
    }
    note(overage === 'left' ? 'overage' : 'borrowed', positive(owed).sub(debt));
    if (overage === 'left' && owed.gt(ZERO)) {
      uncovered = uncovered.add(owed);
      owed = ZERO;
    }
  }
  const balances = ordered.map((grant) => balanceOf(grant, left.get(grant.id) ?? ZERO, atMs));
  const debt = positive(owed);
  const available = balances.reduce((sum, { remaining }) => sum.add(remaining), debt.neg());
  return { available, used, overage: uncovered.add(debt), grants: balances, burnings };
}

const positive = (value: Decimal): Decimal => (value.gt(ZERO) ? value : ZERO);

const smaller = (a: Decimal, b: Decimal): Decimal => (a.lt(b) ? a : b);

function covers(grant: CreditGrant, instantMs: number): boolean {
  return grant.effectiveMs <= instantMs && instantMs < endOf(grant);
}

function balanceOf(grant: CreditGrant, left: Decimal, atMs: number): GrantBalance {
  const nothing = { remaining: ZERO, expired: ZERO, voided: ZERO, pending: ZERO };
  return { grant, burned: grant.amount.sub(left), ...nothing, [fateOf(grant, atMs)]: left };
}

/** What has become of what no usage burned. */
function fateOf(grant: CreditGrant, atMs: number): 'remaining' | 'expired' | 'voided' | 'pending' {
  const endMs = endOf(grant);
  if (atMs >= endMs) return endMs === grant.voidMs ? 'voided' : 'expired';
  return atMs < grant.effectiveMs ? 'pending' : 'remaining';
}

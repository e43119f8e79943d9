import type { CreditGrantId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { burnsBefore, endOf, type CreditGrant } from './credit-grant';
import { capped } from './carried';
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
  /** What was left at its end, and what was too much to be carried into a cycle. */
  readonly expired: Decimal;
  /** Of what has expired what was too much to be carried into a cycle. */
  readonly lapsed: Decimal;
  readonly voided: Decimal;
  /** What is still to take effect. */
  readonly pending: Decimal;
}

/** What a grant's credits went to in a span, or at its beginning expired, or what no grant covered. */
export interface Burning {
  readonly kind: 'burned' | 'paid_back' | 'expired' | 'overage' | 'borrowed';
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
  /** Where a later burning down may go on. */
  readonly state: CreditState;
}

/** What usage before an instant has left, from which burning down goes on. */
export interface CreditState {
  readonly atMs: number;
  /** Of grants of which something was taken: what was left. */
  readonly left: ReadonlyMap<CreditGrantId, Decimal>;
  /** Of these what was too much to be carried into a cycle. */
  readonly lapsed: ReadonlyMap<CreditGrantId, Decimal>;
  /** What was borrowed; below 0 what is taken off what is used next. */
  readonly owed: Decimal;
  readonly uncovered: Decimal;
  readonly used: Decimal;
}

const ZERO = decimal(0n);

/** Before all usage. */
export const NOTHING_USED: CreditState = {
  atMs: -Infinity,
  ...{ left: new Map(), lapsed: new Map() },
  ...{ owed: ZERO, uncovered: ZERO, used: ZERO },
};

/**
 * The spans from the first grant's beginning, or from `fromMs` if that is later, up to an instant, in each of which the
 * same grants cover usage: cut where one takes effect or ends, where one is carried on, and at `others`. With
 * `earliestMs` they begin there where the first grant begins later.
 */
export function spansOf(
  grants: readonly CreditGrant[],
  untilMs: number,
  others: readonly number[] = [],
  fromMs = -Infinity,
  earliestMs = Infinity,
): Period[] {
  const beginMs = Math.min(earliestMs, ...grants.map(({ effectiveMs }) => effectiveMs));
  const firstMs = beginMs < fromMs ? fromMs : beginMs;
  const cuts = new Set([
    firstMs,
    ...grants.flatMap((grant) => [
      grant.effectiveMs,
      endOf(grant),
      grant.rollover?.fromMs ?? firstMs,
    ]),
    ...others,
  ]);
  const inside = [...cuts].filter((cut) => cut >= firstMs && cut < untilMs);
  const bounds = [...inside, untilMs].sort((a, b) => a - b);
  return bounds.slice(1).map((endMs, index) => ({ startMs: bounds[index] ?? endMs, endMs }));
}

/**
 * Burns grants by what was consumed, span by span, and tells what has become of them at an instant. What is below 0 in
 * a span is taken off the next ones. `spans` are those of `spansOf` with the same grants and instant, from `from` on.
 */
export function burnDown(
  grants: readonly CreditGrant[],
  spans: readonly BurningSpan[],
  overage: Overage,
  atMs: number,
  from: CreditState = NOTHING_USED,
): CreditBalance {
  const ordered = [...grants].sort(burnsBefore);
  const left = new Map(ordered.map(({ id, amount }) => [id, from.left.get(id) ?? amount]));
  const lapsed = new Map(from.lapsed);
  const burnings: Burning[] = [];
  let { owed, uncovered, used } = from;
  let state = from;
  // At the instant itself nothing is used yet; what then takes effect pays what was borrowed.
  for (const { startMs, consumed } of [...spans, { startMs: atMs, consumed: ZERO }]) {
    if (startMs === atMs)
      state = {
        atMs,
        left: touched(ordered, left),
        lapsed: new Map(lapsed),
        owed,
        uncovered,
        used,
      };
    for (const { grant, excess } of capped(ordered, left, startMs)) {
      left.set(grant.id, (left.get(grant.id) ?? ZERO).sub(excess));
      lapsed.set(grant.id, (lapsed.get(grant.id) ?? ZERO).add(excess));
      burnings.push({ kind: 'expired', startMs, grant, amount: excess });
    }
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
    note(overage === 'borrowed' ? 'borrowed' : 'overage', positive(owed).sub(debt));
    if (overage !== 'borrowed' && owed.gt(ZERO)) {
      uncovered = uncovered.add(owed);
      owed = ZERO;
    }
  }
  const balances = ordered.map((grant) =>
    balanceOf(grant, left.get(grant.id) ?? ZERO, lapsed.get(grant.id) ?? ZERO, atMs),
  );
  const debt = positive(owed);
  const available = balances.reduce((sum, { remaining }) => sum.add(remaining), debt.neg());
  return { available, used, overage: uncovered.add(debt), grants: balances, burnings, state };
}

function touched(
  grants: readonly CreditGrant[],
  left: ReadonlyMap<CreditGrantId, Decimal>,
): Map<CreditGrantId, Decimal> {
  const entries = grants.map(({ id, amount }) => [id, left.get(id) ?? amount, amount] as const);
  const taken = entries.filter(([, now, whole]) => !now.eq(whole));
  return new Map(taken.map(([id, now]) => [id, now]));
}

const positive = (value: Decimal): Decimal => (value.gt(ZERO) ? value : ZERO);

const smaller = (a: Decimal, b: Decimal): Decimal => (a.lt(b) ? a : b);

function covers(grant: CreditGrant, instantMs: number): boolean {
  return grant.effectiveMs <= instantMs && instantMs < endOf(grant);
}

/**
 * The credits that usage in a period would have burned and that no grant covered. `spans` are those up to its end, from
 * its beginning or the first grant's, whichever is earlier, and cut at its beginning.
 */
export function overageIn(
  { startMs, endMs }: Period,
  grants: readonly CreditGrant[],
  spans: readonly BurningSpan[],
): Decimal {
  return burnDown(grants, spans, 'billed', endMs)
    .burnings.filter((each) => each.kind === 'overage' && each.startMs >= startMs)
    .reduce((sum, { amount }) => sum.add(amount), ZERO);
}

/** What has become of a grant at an instant, of which so much is left and so much was too much to be carried on. */
export function balanceOf(
  grant: CreditGrant,
  left: Decimal,
  lapsed: Decimal,
  atMs: number,
): GrantBalance {
  const nothing = { remaining: ZERO, voided: ZERO, pending: ZERO };
  const fate = fateOf(grant, atMs);
  const burned = grant.amount.sub(left).sub(lapsed);
  const expired = fate === 'expired' ? lapsed.add(left) : lapsed;
  return { grant, burned, ...nothing, [fate]: left, expired, lapsed };
}

/** What has become of what no usage burned. */
function fateOf(grant: CreditGrant, atMs: number): 'remaining' | 'expired' | 'voided' | 'pending' {
  const endMs = endOf(grant);
  if (atMs >= endMs) return endMs === grant.voidMs ? 'voided' : 'expired';
  return atMs < grant.effectiveMs ? 'pending' : 'remaining';
}

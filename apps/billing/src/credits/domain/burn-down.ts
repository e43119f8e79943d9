import type { CreditGrantId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import { profileKey, type MeterProfile } from '../../catalogue/domain/fee';
import { burnsBefore, endOf, type CreditGrant } from './credit-grant';
import { capped, takenBack } from './carried';
import { burn, differences, positive, type Burning, type Left } from './burn-stretch';
import { coversProfile } from './credit-scope';
import type { Overage } from './credit-unit';

/** What usage in a span asks for, in credits. Below 0 where more was given back than used. */
export interface BurningSpan extends Period {
  readonly consumed: Decimal;
  /** By `profileKey`, in the order of the rates, which sums to `consumed`. Unset: of what profile is not known. */
  readonly byProfile?: ReadonlyMap<string, Decimal>;
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
  /** Of what was voided what was taken back while the rest stayed. */
  readonly takenBack: Decimal;
  /** What is still to take effect. */
  readonly pending: Decimal;
}

/** What credits have come to at an instant. */
export interface CreditBalance {
  /** What may be burned, less what is owed. */
  readonly available: Decimal;
  readonly used: Decimal;
  /** What was used and no grant covers. */
  readonly overage: Decimal;
  /** What is owed of the usage of profiles, by their keys: above 0 where it was borrowed. */
  readonly owed: ReadonlyMap<string, Decimal>;
  /** In the order in which they are burned. */
  readonly grants: readonly GrantBalance[];
  /** How it came to be, by span. What was burned, overage and borrowed sum to what was used. */
  readonly burnings: readonly Burning[];
  /** Where a later burning down may go on. */
  readonly state: CreditState;
}

/** What usage before an instant has left, from which burning down goes on. */
export interface CreditState extends Left {
  readonly atMs: number;
  /** What was used since the grants that cover usage were others, by profile: all else is as it was left then. */
  readonly consumed: ReadonlyMap<string, Decimal>;
  /** Of grants what was too much to be carried into a cycle. */
  readonly lapsed: ReadonlyMap<CreditGrantId, Decimal>;
  /** Of grants what was taken back while the rest stayed. */
  readonly takenBack: ReadonlyMap<CreditGrantId, Decimal>;
  readonly used: Decimal;
}

const ZERO = decimal(0n);
/** Of usage of which the profile is not known. */
const ANY = '';

/** Before all usage. */
export const NOTHING_USED: CreditState = {
  atMs: -Infinity,
  ...{ left: new Map(), owed: new Map(), consumed: new Map(), lapsed: new Map() },
  takenBack: new Map(),
  ...{ uncovered: ZERO, used: ZERO },
};

/**
 * The spans from the first grant's beginning, or from `fromMs` if that is later, up to an instant, in each of which the
 * same grants cover usage: cut where one takes effect or ends, is carried on or in part taken back, and at `others`.
 * With `earliestMs` they begin there where the first grant begins later.
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
      ...voidsOf(grant),
    ]),
    ...others,
  ]);
  const inside = [...cuts].filter((cut) => cut >= firstMs && cut < untilMs);
  const bounds = [...inside, untilMs].sort((a, b) => a - b);
  return bounds.slice(1).map((endMs, index) => ({ startMs: bounds[index] ?? endMs, endMs }));
}

/**
 * Burns grants by what was consumed, span by span, and tells what has become of them at an instant. While the same
 * grants cover usage, what they are burned by is the sum of it, however finely it is told: a span burns what the sum
 * with it comes to beyond the sum without it. What is below 0 in all is taken off later usage of the same profile.
 * `spans` are those of `spansOf` with the same grants and instant, from `from` on.
 */
export function burnDown(
  grants: readonly CreditGrant[],
  spans: readonly BurningSpan[],
  overage: Overage,
  atMs: number,
  from: CreditState = NOTHING_USED,
): CreditBalance {
  const ordered = [...grants].sort(burnsBefore);
  const cuts = new Set(
    ordered.flatMap((grant) => [
      ...[grant.effectiveMs, endOf(grant), grant.rollover?.fromMs],
      ...voidsOf(grant),
    ]),
  );
  const lapsed = new Map(from.lapsed);
  const back = new Map(from.takenBack);
  const burnings: Burning[] = [];
  let { used } = from;
  let base: Left = from;
  let consumed = new Map(from.consumed);
  // The same grants cover usage in all of a stretch.
  let outcome = burn(ordered, base, consumed, overage, from.atMs - 1);
  let state = from;
  const end: BurningSpan = { startMs: atMs, endMs: atMs, consumed: ZERO };
  // At the instant itself nothing is used yet; what then takes effect pays what was borrowed.
  for (const span of [...spans, end]) {
    const { startMs } = span;
    if (startMs === atMs)
      state = {
        ...{ atMs, ...touched(ordered, base), used },
        ...{ consumed: new Map(consumed), lapsed: new Map(lapsed) },
        takenBack: new Map(back),
      };
    if (cuts.has(startMs)) {
      const left = new Map(ordered.map(({ id, amount }) => [id, outcome.left.get(id) ?? amount]));
      for (const { grant, excess } of capped(ordered, left, startMs)) {
        left.set(grant.id, (left.get(grant.id) ?? ZERO).sub(excess));
        lapsed.set(grant.id, (lapsed.get(grant.id) ?? ZERO).add(excess));
        burnings.push({ kind: 'expired', startMs, grant, amount: excess });
      }
      for (const { grant, excess } of takenBack(ordered, left, startMs)) {
        left.set(grant.id, (left.get(grant.id) ?? ZERO).sub(excess));
        back.set(grant.id, (back.get(grant.id) ?? ZERO).add(excess));
        burnings.push({ kind: 'voided', startMs, grant, amount: excess });
      }
      const { owed, uncovered } = outcome;
      base = { left, owed, uncovered };
      consumed = new Map();
      outcome = { ...base, moved: new Map() };
    }
    used = used.add(span.consumed);
    for (const [profile, amount] of span.byProfile ?? [[ANY, span.consumed] as const])
      consumed.set(profile, (consumed.get(profile) ?? ZERO).add(amount));
    const before = outcome;
    outcome = burn(ordered, base, consumed, overage, startMs);
    burnings.push(...differences(startMs, before.moved, outcome.moved));
  }
  const balances = ordered.map((grant) =>
    balanceOf(
      grant,
      outcome.left.get(grant.id) ?? grant.amount,
      { lapsed: lapsed.get(grant.id) ?? ZERO, takenBack: back.get(grant.id) ?? ZERO },
      atMs,
    ),
  );
  const { owed, uncovered } = outcome;
  const debt = [...owed.values()].reduce((sum, each) => sum.add(positive(each)), ZERO);
  const available = balances.reduce((sum, { remaining }) => sum.add(remaining), debt.neg());
  return { available, used, overage: uncovered.add(debt), owed, grants: balances, burnings, state };
}

/** Without grants of which nothing was taken. */
function touched(grants: readonly CreditGrant[], { left, owed, uncovered }: Left): Left {
  const entries = grants.map(({ id, amount }) => [id, left.get(id) ?? amount, amount] as const);
  const taken = entries.filter(([, now, whole]) => !now.eq(whole));
  return { left: new Map(taken.map(([id, now]) => [id, now])), owed, uncovered };
}

/** What may be burned by usage of a profile, less what of it is owed. */
export function availableFor(
  { grants, owed }: Pick<CreditBalance, 'grants' | 'owed'>,
  profile: MeterProfile,
): Decimal {
  const debt = positive(owed.get(profileKey(profile)) ?? ZERO);
  return grants
    .filter(({ grant }) => coversProfile(grant.scope, profile))
    .reduce((sum, { remaining }) => sum.add(remaining), debt.neg());
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

function voidsOf({ partialVoids = [] }: CreditGrant): number[] {
  return partialVoids.map(({ ms }) => ms);
}

/** What has become of a grant at an instant, of which so much is left, and so much was lost before its end. */
export function balanceOf(
  grant: CreditGrant,
  left: Decimal,
  lost: Pick<GrantBalance, 'lapsed' | 'takenBack'>,
  atMs: number,
): GrantBalance {
  const fate = fateOf(grant, atMs);
  const burned = grant.amount.sub(left).sub(lost.lapsed).sub(lost.takenBack);
  const of = (which: typeof fate, before: Decimal): Decimal =>
    fate === which ? before.add(left) : before;
  return {
    ...{ grant, burned, ...lost },
    remaining: of('remaining', ZERO),
    pending: of('pending', ZERO),
    expired: of('expired', lost.lapsed),
    voided: of('voided', lost.takenBack),
  };
}

/** What has become of what no usage burned. */
function fateOf(grant: CreditGrant, atMs: number): 'remaining' | 'expired' | 'voided' | 'pending' {
  const endMs = endOf(grant);
  if (atMs >= endMs) return endMs === grant.voidMs ? 'voided' : 'expired';
  return atMs < grant.effectiveMs ? 'pending' : 'remaining';
}

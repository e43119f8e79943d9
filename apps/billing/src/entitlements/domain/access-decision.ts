import type { EntitlementId } from '@billingrails/ids';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import type { Allowance } from './allowance';
import type { FeatureKind } from './feature';

/** What is granted for a period, and what has been used of it. */
export interface UsedAllowance extends Allowance {
  /** With what is reserved, and what was settled and is not yet counted. Unset where the feature is not metered. */
  readonly used?: Decimal;
  /** How much of it is reserved. */
  readonly reserved?: Decimal;
  /** How much of the limit was left in periods before. Unset: nothing rolls over. */
  readonly rolledOver?: Decimal;
  /** What is left of the credits of each unit that may pay for it. Unset: it needs none. */
  readonly credits?: readonly CreditsLeft[];
}

/** Credits that usage of a feature may burn. */
export interface CreditsLeft {
  /** Less what reservations will burn. */
  readonly available: Decimal;
  /** What a unit of the feature's usage burns. */
  readonly rate: Decimal;
}

/** Why access is allowed or not. */
export type AccessReason =
  | 'granted'
  | 'within_limit'
  | 'within_grace'
  | 'over_soft_limit'
  | 'not_granted'
  | 'limit_reached'
  | 'budget_reached'
  | 'credits_used_up';

/** Whether an account may use a feature. All but the first three are unset without an entitlement. */
export interface AccessDecision {
  readonly allowed: boolean;
  readonly reason: AccessReason;
  /** For people. */
  readonly explanation: string;
  readonly used?: Decimal;
  readonly reserved?: Decimal;
  readonly limit?: Decimal;
  readonly grace?: Decimal;
  readonly rolledOver?: Decimal;
  readonly remaining?: Decimal;
  /** Where credits are needed. */
  readonly creditsAvailable?: Decimal;
  readonly resetMs?: number;
  readonly entitlementId?: EntitlementId;
  readonly value?: string;
}

const ZERO = decimal(0n);

/**
 * Decides like `decideByLimit` among the allowances whose credits suffice, or that need none. Where there are none of
 * these, what the limits would allow is denied for want of credits.
 */
export function decideAccess(
  kind: FeatureKind,
  allowances: readonly UsedAllowance[],
  quantity: Decimal | undefined,
): AccessDecision {
  const covered = allowances.filter((allowance) => isCovered(allowance, quantity));
  if (covered.length > 0) return decideByLimit(kind, covered, quantity);
  const decision = decideByLimit(kind, allowances, quantity);
  const { creditsAvailable = ZERO } = decision;
  if (!decision.allowed) return decision;
  const asked = quantity === undefined ? '' : `, too few for ${decimalText(quantity)} more`;
  const explanation = `The credits are used up: ${decimalText(creditsAvailable)} left${asked}.`;
  return { ...decision, allowed: false, reason: 'credits_used_up', explanation };
}

/** Without a quantity any credits suffice, with one those that it burns. */
function isCovered({ credits }: UsedAllowance, quantity: Decimal | undefined): boolean {
  if (credits === undefined) return true;
  return credits.some(({ available, rate }) =>
    quantity === undefined ? available.gt(ZERO) : quantity.mul(rate).lte(available),
  );
}

/**
 * Decides by the allowance with the most left: one without a limit before a soft limit, that before a hard one; of
 * equals the first given. With a `quantity` a hard limit allows it when used + quantity ≤ limit + grace, without one
 * when used < limit + grace.
 */
function decideByLimit(
  kind: FeatureKind,
  allowances: readonly UsedAllowance[],
  quantity: Decimal | undefined,
): AccessDecision {
  const [first, ...others] = allowances;
  if (first === undefined) {
    const explanation = 'Nothing grants the feature to the account now.';
    return { allowed: false, reason: 'not_granted', explanation };
  }
  if (kind === 'static') return ofStatic(allowances, first);
  const best = others.reduce((most, each) => (hasMoreLeft(each, most) ? each : most), first);
  const { used, reserved, limit, grace } = best;
  const common = commonOf(best);
  if (used === undefined)
    return { allowed: true, reason: 'granted', explanation: 'The feature is granted.', ...common };
  const counted = { used, reserved: reserved ?? ZERO, ...common };
  if (limit === undefined) {
    const explanation = 'The feature is granted without a limit.';
    return { allowed: true, reason: 'granted', explanation, ...counted };
  }
  const reason = reasonFor(best, used, limit, quantity);
  return {
    allowed: reason !== 'limit_reached',
    reason,
    explanation: explain(reason, best, used, limit, quantity),
    ...counted,
    limit,
    ...(grace.isZero() ? {} : { grace }),
    ...(best.rolledOver?.isZero() === false ? { rolledOver: best.rolledOver } : {}),
    remaining: atLeastZero(limit.sub(used)),
  };
}

/** The account's own value comes before a subscription's or plan's; of several of its own the newest. */
function ofStatic(allowances: readonly UsedAllowance[], first: UsedAllowance): AccessDecision {
  const all = allowances.flatMap(({ entitlements }) => entitlements);
  const own = all.filter(({ grantee }) => grantee.kind === 'account');
  const answering = own.reduce(
    (newest, each) => (each.startMs >= newest.startMs ? each : newest),
    own[0] ?? first.entitlements[0],
  );
  return {
    ...{ allowed: true, reason: 'granted', explanation: 'The feature is granted.' },
    ...commonOf(first),
    entitlementId: answering.id,
    ...(answering.value === undefined ? {} : { value: answering.value }),
  };
}

function commonOf({ entitlements: [{ id }], period: { endMs }, credits = [] }: UsedAllowance) {
  const [first, ...others] = credits.map(({ available }) => available);
  return {
    ...{ entitlementId: id, ...(endMs === Infinity ? {} : { resetMs: endMs }) },
    ...(first && {
      creditsAvailable: others.reduce((most, each) => (each.gt(most) ? each : most), first),
    }),
  };
}

/** Why a metered feature with a limit is allowed or not. */
type LimitReason = Extract<
  AccessReason,
  'within_limit' | 'within_grace' | 'over_soft_limit' | 'limit_reached'
>;

function reasonFor(
  { isSoft, grace }: UsedAllowance,
  used: Decimal,
  limit: Decimal,
  quantity: Decimal | undefined,
): LimitReason {
  const fits = (most: Decimal) =>
    quantity === undefined ? used.lt(most) : used.add(quantity).lte(most);
  if (fits(limit)) return 'within_limit';
  if (isSoft) return 'over_soft_limit';
  return fits(limit.add(grace)) ? 'within_grace' : 'limit_reached';
}

function explain(
  reason: LimitReason,
  { grace, rolledOver = ZERO }: UsedAllowance,
  used: Decimal,
  limit: Decimal,
  quantity: Decimal | undefined,
): string {
  const isMore = quantity?.isZero() === false;
  const asked = isMore ? `, and ${decimalText(quantity)} more` : '';
  const above = grace.isZero() ? '' : ` with ${decimalText(grace)} of grace`;
  const from = rolledOver.isZero() ? '' : ` (${decimalText(rolledOver)} rolled over)`;
  const amounts = `${decimalText(used)} of ${decimalText(limit)}${from}${above} used${asked}`;
  switch (reason) {
    case 'within_limit':
      return `Within the limit: ${amounts}.`;
    case 'within_grace':
      return `Above the limit, within the grace: ${amounts}.`;
    case 'over_soft_limit':
      return `Above a soft limit, which allows it: ${amounts}.`;
    case 'limit_reached':
      return `The limit is reached: ${amounts}.`;
  }
}

/** How much may still be used, at least 0; undefined: without end. */
function roomOf({ limit, grace, isSoft, used = ZERO }: UsedAllowance): Decimal | undefined {
  return limit === undefined || isSoft ? undefined : atLeastZero(limit.add(grace).sub(used));
}

function hasMoreLeft(a: UsedAllowance, b: UsedAllowance): boolean {
  const [roomOfA, roomOfB] = [roomOf(a), roomOf(b)];
  if (roomOfB !== undefined) return roomOfA === undefined || roomOfA.gt(roomOfB);
  if (roomOfA !== undefined || b.limit === undefined) return false;
  const { used: usedOfA = ZERO } = a;
  const { used: usedOfB = ZERO } = b;
  return a.limit === undefined || a.limit.sub(usedOfA).gt(b.limit.sub(usedOfB));
}

function atLeastZero(value: Decimal): Decimal {
  return value.isNegative() ? ZERO : value;
}

import type { CreditUnitId, PlanId, SubscriptionId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { Period } from '@billingrails/time';
import {
  cyclesOf,
  periodAt,
  usedPeriod,
  type Subscription,
} from '../../subscriptions/domain/subscription';
import { isInForce, type Entitlement } from './feature';

/** A subscription that grants features at the present, and the plans that it has then. */
export interface Holder {
  readonly subscription: Pick<Subscription, 'startMs' | 'endMs' | 'timeZone' | 'cycleRule'> & {
    readonly id: SubscriptionId;
  };
  /** Its plan, then its add-ons, each with how many of it there are. */
  readonly plans: readonly HeldPlan[];
}

/** A plan or an add-on of a subscription. What it grants is granted for each of it. */
export interface HeldPlan {
  readonly planId: PlanId;
  readonly count: Decimal;
}

/** What is granted of a feature for one period: entitlements that are added up. */
export interface Allowance {
  /** At least one. */
  readonly entitlements: readonly [Entitlement, ...Entitlement[]];
  /** What each of them adds. */
  readonly parts: readonly AllowancePart[];
  /** What was used since its start counts; at its end, which may be Infinity, that starts again from nothing. */
  readonly period: Period;
  /** The part of it up to the present. */
  readonly usedPeriod: Period;
  readonly timeZone: string;
  /** The sum of the limits. Unset: one of them is without a limit. */
  readonly limit?: Decimal;
  /** How much may be used above it: the sum. */
  readonly grace: Decimal;
  /** Whether any of the limits lets everything through. */
  readonly isSoft: boolean;
  /** Credits of one of these are needed. Unset: something is granted that needs none. */
  readonly creditUnitIds?: readonly CreditUnitId[];
}

/** What an entitlement adds to an allowance. */
export interface AllowancePart {
  readonly entitlement: Entitlement;
  /** Tells it from the same entitlement of another subscription, and is the same in each of its periods. */
  readonly name: string;
  readonly count: Decimal;
}

/** An entitlement and the period that its usage is counted in. */
interface Granted {
  readonly entitlement: Entitlement;
  readonly period: Period;
  readonly timeZone: string;
  /** As of a part of an allowance. */
  readonly name: string;
  /** How often it is granted; unset: once. */
  readonly count?: Decimal;
}

const ZERO = decimal(0n);
const ONE = decimal(1n);
const UTC = 'UTC';

/**
 * What is granted of one feature at the present. Of each subscription its own entitlement, or else its plan's and those
 * of its add-ons, as often as it has them; and all of the account's own. Those that count usage over the same period
 * are one allowance, the sum of their limits. Subscriptions come in the order given, then the account's own
 * entitlements, oldest first.
 */
export function allowancesOf(
  entitlements: readonly Entitlement[],
  holders: readonly Holder[],
  nowMs: number,
): Allowance[] {
  const byPeriod = new Map<string, [Granted, ...Granted[]]>();
  for (const granted of grantedAt(entitlements, holders, nowMs)) {
    const { startMs, endMs } = granted.period;
    const key = `${startMs}/${endMs}`;
    const together = byPeriod.get(key);
    if (together === undefined) byPeriod.set(key, [granted]);
    else together.push(granted);
  }
  return [...byPeriod.values()].map((together) => sumOf(together, nowMs));
}

function grantedAt(
  entitlements: readonly Entitlement[],
  holders: readonly Holder[],
  nowMs: number,
): Granted[] {
  const inForce = entitlements.filter((entitlement) => isInForce(entitlement, nowMs));
  const ofSubscriptions = holders.flatMap((holder): Granted[] => {
    const { subscription, plans } = holder;
    const own = inForce.find(
      ({ grantee }) =>
        grantee.kind === 'subscription' && grantee.subscriptionId === subscription.id,
    );
    if (own !== undefined) return grantedTo(own, holder, nowMs);
    return plans.flatMap(({ planId, count }) => {
      const entitlement = inForce.find(
        ({ grantee }) => grantee.kind === 'plan' && grantee.planId === planId,
      );
      if (entitlement === undefined) return [];
      return grantedTo(entitlement, holder, nowMs).map((granted) => ({ ...granted, count }));
    });
  });
  const ofAccount = inForce
    .filter(({ grantee }) => grantee.kind === 'account')
    .flatMap((entitlement): Granted[] =>
      entitlement.reset.kind === 'billing_cycle'
        ? once(holders.flatMap((holder) => grantedTo(entitlement, holder, nowMs)))
        : grantedTo(entitlement, undefined, nowMs),
    );
  return [...ofSubscriptions, ...ofAccount];
}

/** What is granted for several cycles that are the same is granted once. */
function once(granted: readonly Granted[]): Granted[] {
  const seen = new Map(
    granted.map((each) => [`${each.period.startMs}/${each.period.endMs}`, each]),
  );
  return [...seen.values()];
}

function grantedTo(entitlement: Entitlement, holder: Holder | undefined, nowMs: number): Granted[] {
  const { reset } = entitlement;
  const { subscription } = holder ?? {};
  const timeZone = subscription?.timeZone ?? UTC;
  const isShared = entitlement.grantee.kind === 'account' || subscription === undefined;
  const name = isShared ? entitlement.id : `${entitlement.id}/${subscription.id}`;
  const fromMs = Math.max(entitlement.startMs, subscription?.startMs ?? -Infinity);
  switch (reset.kind) {
    case 'billing_cycle': {
      const period = subscription && periodAt(subscription, nowMs);
      return period === undefined ? [] : [{ entitlement, name, period, timeZone }];
    }
    case 'interval': {
      const counted = {
        startMs: fromMs,
        timeZone: reset.timeZone ?? timeZone,
        cycleRule: reset.rule,
      };
      const cycle = cyclesOf(counted).at(nowMs);
      if (cycle === undefined) return [];
      return [{ entitlement, name, period: cycle.period, timeZone: counted.timeZone }];
    }
    case 'never':
      return [{ entitlement, name, period: { startMs: fromMs, endMs: Infinity }, timeZone }];
  }
}

function sumOf(together: readonly [Granted, ...Granted[]], nowMs: number): Allowance {
  const [{ entitlement: first, period, timeZone }, ...others] = together;
  const rest = others.map(({ entitlement }) => entitlement);
  const isUnlimited = together.some(({ entitlement: { limit } }) => limit === undefined);
  const units = together.map(({ entitlement: { creditUnitId } }) => creditUnitId);
  const needed = units.flatMap((id) => id ?? []);
  return {
    entitlements: [first, ...rest],
    parts: together.map(({ entitlement, name, count = ONE }) => ({ entitlement, name, count })),
    ...{ period, timeZone, usedPeriod: usedPeriod(period, nowMs) },
    ...(isUnlimited ? {} : { limit: total(together, ({ limit }) => limit) }),
    grace: total(together, ({ grace }) => grace),
    isSoft: together.some(({ entitlement: { isSoft } }) => isSoft),
    ...(needed.length < units.length ? {} : { creditUnitIds: [...new Set(needed)] }),
  };
}

function total(
  together: readonly Granted[],
  of: (entitlement: Entitlement) => Decimal | undefined,
): Decimal {
  return together.reduce(
    (sum, { entitlement, count = ONE }) => sum.add((of(entitlement) ?? ZERO).mul(count)),
    ZERO,
  );
}

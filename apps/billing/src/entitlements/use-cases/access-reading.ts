import { unavailable } from '@billingrails/errors';
import type { AccountId, FeatureId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { ServiceParts } from '../../service-parts';
import { lastTermsAt } from '../../subscriptions/domain/present';
import { periodAt, type Subscription } from '../../subscriptions/domain/subscription';
import { isGranting } from '../../subscriptions/domain/terms';
import type { UsedAllowance } from '../domain/access-decision';
import { allowancesOf, type Allowance, type Holder } from '../domain/allowance';
import type { Feature } from '../domain/feature';
import { heldIn, NO_HOLDS, type Holds, type KnownEvents } from '../domain/holds';

/** An account at the organisation's present, and who grants features to it then. */
export interface PresentAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly nowMs: number;
  /** Its started subscriptions that are not paused, oldest first. */
  readonly holders: readonly Holder[];
}

/** What an account is granted of features, by their ids; nothing for one that is not in it. */
export type Granted = ReadonlyMap<FeatureId, readonly Allowance[]>;

/** What was used of allowances, by features, as metering answered at one moment. */
export interface MeteredUse {
  readonly used: ReadonlyMap<Allowance, Decimal>;
  /** Of the events that reservations were settled with those that are in it. */
  readonly known: KnownEvents;
}

/** Nothing is metered, or nothing is granted. */
export const NOTHING_METERED: MeteredUse = { used: new Map(), known: new Map() };

/** The account as it is now. */
export async function presentAccount(
  { clocks, subscriptions }: ServiceParts,
  organisationId: OrganisationId,
  accountId: AccountId,
): Promise<PresentAccount> {
  const [{ nowMs }, all] = await Promise.all([
    clocks.present(organisationId),
    subscriptions.ofAccount(organisationId, accountId),
  ]);
  return { organisationId, accountId, nowMs, holders: holdersAt(all, nowMs) };
}

/** What it is granted of the features. */
export async function grantedTo(
  { entitlements }: ServiceParts,
  { organisationId, accountId, nowMs, holders }: PresentAccount,
  features: readonly Feature[],
): Promise<Granted> {
  const granteeIds = holders.flatMap(({ subscription: { id }, plans }) => [
    id,
    ...plans.map(({ planId }) => planId),
  ]);
  const found = await entitlements.findGrants(
    organisationId,
    features.map(({ id }) => id),
    [...new Set([accountId, ...granteeIds])],
  );
  return new Map(
    features.map(({ id }) => {
      const ofFeature = found.filter(({ featureId }) => featureId === id);
      return [id, allowancesOf(ofFeature, holders, nowMs)];
    }),
  );
}

/**
 * What was used of all that is granted of metered features, and which events that were settled with are in it: one
 * question. Throws a DomainError of kind unavailable where usage cannot be read, or only in part.
 */
export async function meteredUse(
  { metering }: ServiceParts,
  { organisationId, accountId }: PresentAccount,
  of: {
    readonly features: readonly Feature[];
    readonly granted: Granted;
    readonly holds: ReadonlyMap<FeatureId, Holds>;
    readonly consistencyToken: string;
    readonly signal?: AbortSignal | undefined;
  },
): Promise<MeteredUse> {
  const { features, granted, holds, consistencyToken, signal } = of;
  const allowances = features.flatMap(({ id, meterProfile }) =>
    meterProfile === undefined
      ? []
      : (granted.get(id) ?? []).map((allowance) => ({ allowance, meterProfile })),
  );
  if (allowances.length === 0) return NOTHING_METERED;
  const keys = [...holds.values()].flatMap(({ settled }) => settled.map(({ key }) => key));
  const { usages, known } = await metering.accountUsage({
    ...{ organisationId, accountId, consistencyToken, keys: [...new Set(keys)] },
    asked: allowances.map(({ allowance: { usedPeriod: period, timeZone }, meterProfile }) => ({
      ...{ meterProfile, period, timeZone },
    })),
    ...(signal === undefined ? {} : { signal }),
  });
  // Counted in part it would let through what the limit forbids.
  if (usages.some(({ partial }) => partial))
    throw unavailable('USAGE_PARTIAL', 'Earlier events are still being counted.', 1000);
  const used = allowances.map(({ allowance }, index): [Allowance, Decimal] => [
    allowance,
    // A maximum, minimum or latest of nothing is 0.
    usages[index]?.quantity ?? ZERO,
  ]);
  return { used: new Map(used), known };
}

/** What is used of each allowance of a feature: what is metered, and what is held beside it. */
export function usedOf(
  feature: Feature,
  allowances: readonly Allowance[],
  { used, known }: MeteredUse,
  holds: Holds = NO_HOLDS,
  nowMs: number,
): UsedAllowance[] {
  if (feature.kind !== 'metered') return [...allowances];
  return allowances.map((allowance) => {
    const { reserved, held } = heldIn(holds, known, { ...allowance, nowMs });
    return { ...allowance, used: (used.get(allowance) ?? ZERO).add(held), reserved };
  });
}

const ZERO = decimal(0n);

function holdersAt(subscriptions: readonly Subscription[], nowMs: number): Holder[] {
  return subscriptions.flatMap((subscription): Holder[] => {
    const terms = lastTermsAt(subscription, nowMs);
    const isHolder = periodAt(subscription, nowMs) !== undefined && isGranting(terms);
    if (!isHolder) return [];
    const addOns = (terms.addOns ?? []).map(({ planId, quantity: count }) => ({ planId, count }));
    return [{ subscription, plans: [{ planId: terms.planId, count: decimal(1n) }, ...addOns] }];
  });
}

import { precondition, unavailable } from '@billingrails/errors';
import type { AccountId, FeatureId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { MeterProfile } from '../../catalogue/domain/fee';
import type { ServiceParts } from '../../service-parts';
import { lastTermsAt } from '../../subscriptions/domain/present';
import { periodAt, type Subscription } from '../../subscriptions/domain/subscription';
import { isGranting } from '../../subscriptions/domain/terms';
import type { UsedAllowance } from '../domain/access-decision';
import { allowancesOf, type Allowance, type Holder } from '../domain/allowance';
import type { Entitlement, Feature } from '../domain/feature';
import { heldIn, NO_HOLDS, type Holds, type KnownEvents } from '../domain/holds';
import type { KnownAccount } from './known-accounts';

/** An account at the organisation's present, and who grants features to it then. */
export interface PresentAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly nowMs: number;
  /** Its started subscriptions that are not paused, oldest first. */
  readonly holders: readonly Holder[];
  readonly entitlements: readonly Entitlement[];
}

/** What an account is granted of features, by their ids; nothing for one that is not in it. */
export type Granted = ReadonlyMap<FeatureId, readonly Allowance[]>;

/** What was used of allowances, by features, as metering answered at one moment. */
export interface MeteredUse {
  readonly used: ReadonlyMap<Allowance, Decimal>;
  /** By feature: of the events that its reservations were settled with those that are in it. */
  readonly known: ReadonlyMap<FeatureId, KnownEvents>;
}

/** Nothing is metered, or nothing is granted. */
export const NOTHING_METERED: MeteredUse = { used: new Map(), known: new Map() };

/** The account as it is now. */
export function presentAccount(known: KnownAccount, nowMs: number): PresentAccount {
  const { organisationId, accountId, subscriptions, entitlements } = known;
  return {
    organisationId,
    accountId,
    nowMs,
    holders: holdersAt(subscriptions, nowMs),
    entitlements,
  };
}

/** What it is granted of the features. */
export function grantedTo(
  { nowMs, holders, entitlements }: PresentAccount,
  features: readonly Feature[],
): Granted {
  return new Map(
    features.map(({ id }) => {
      const ofFeature = entitlements.filter(({ featureId }) => featureId === id);
      return [id, allowancesOf(ofFeature, holders, nowMs)];
    }),
  );
}

/**
 * What was used of all that is granted of metered features, and which events that were settled with are in it: one
 * question, or several where there are very many such events. Throws a DomainError of kind unavailable where usage
 * cannot be read, or only in part.
 */
export async function meteredUse(
  parts: ServiceParts,
  account: PresentAccount,
  of: UseQuestion,
): Promise<MeteredUse> {
  const asked = of.features.flatMap(({ id, meterProfile }): FeatureUse[] => {
    const allowances = of.granted.get(id) ?? [];
    if (meterProfile === undefined || allowances.length === 0) return [];
    const keys = (of.holds.get(id) ?? NO_HOLDS).settled.map(({ key }) => key);
    return [{ featureId: id, meterProfile, allowances, keys: [...new Set(keys)] }];
  });
  if (asked.length === 0) return NOTHING_METERED;
  // Of one feature usage and events are of one moment; different features need not be.
  const answers = await Promise.all(
    together(asked).map((features) => askedTogether(parts, account, features, of)),
  );
  return {
    used: new Map(answers.flatMap(({ used }) => [...used])),
    known: new Map(answers.flatMap(({ known }) => [...known])),
  };
}

/** Of whose use it is asked, and what is known of it. */
interface UseQuestion {
  readonly features: readonly Feature[];
  readonly granted: Granted;
  readonly holds: ReadonlyMap<FeatureId, Holds>;
  readonly consistencyToken: string;
  readonly signal?: AbortSignal | undefined;
}

interface FeatureUse {
  readonly featureId: FeatureId;
  readonly meterProfile: MeterProfile;
  readonly allowances: readonly Allowance[];
  readonly keys: readonly string[];
}

/** Features in groups of which none asks for too many events. */
function together(asked: readonly FeatureUse[]): FeatureUse[][] {
  const groups: FeatureUse[][] = [];
  let size = Infinity;
  for (const each of asked) {
    size += each.keys.length;
    if (size <= EVENTS_MAX) groups.at(-1)?.push(each);
    else {
      groups.push([each]);
      size = each.keys.length;
    }
  }
  return groups;
}

async function askedTogether(
  { metering }: ServiceParts,
  { organisationId, accountId }: PresentAccount,
  features: readonly FeatureUse[],
  { consistencyToken, signal }: UseQuestion,
): Promise<MeteredUse> {
  const of = { organisationId, accountId, consistencyToken, ...(signal && { signal }) };
  const keys = [...new Set(features.flatMap((feature) => feature.keys))];
  const earlier = new Map<string, number | undefined>();
  // What is counted now is so later, too: only of the others it matters whether it is in the usage.
  for (let from = 0; keys.length > EVENTS_MAX && from < keys.length; from += EVENTS_MAX) {
    const some = keys.slice(from, from + EVENTS_MAX);
    const { known } = await metering.accountUsage({ ...of, asked: [], keys: some });
    for (const [key, atMs] of known) earlier.set(key, atMs);
  }
  const left = keys.filter((key) => !earlier.has(key));
  if (left.length > EVENTS_MAX) throw tooManyWaiting();
  const allowances = features.flatMap((feature) =>
    feature.allowances.map((allowance) => ({ allowance, meterProfile: feature.meterProfile })),
  );
  const { usages, known } = await metering.accountUsage({
    ...{ ...of, keys: left },
    asked: allowances.map(({ allowance: { usedPeriod: period, timeZone }, meterProfile }) => ({
      ...{ meterProfile, period, timeZone },
    })),
  });
  // Counted in part it would let through what the limit forbids.
  if (usages.some(({ partial }) => partial))
    throw unavailable('USAGE_PARTIAL', 'Earlier events are still being counted.', 1000);
  const all = new Map([...earlier, ...known]);
  return {
    // A maximum, minimum or latest of nothing is 0.
    used: new Map(
      allowances.map(({ allowance }, index) => [allowance, usages[index]?.quantity ?? ZERO]),
    ),
    known: new Map(features.map(({ featureId }) => [featureId, all])),
  };
}

/** Too many events of settled reservations have not come, so that none of them can be left out of the question. */
export function tooManyWaiting(): Error {
  return precondition(
    'TOO_MANY_RESERVATIONS',
    'Too many reservations of the feature are open, or were settled with events that have not come.',
  );
}

/** What is used of each allowance of a feature: what is metered, and what is held beside it. */
export function usedOf(
  { id, kind }: Feature,
  granted: Granted,
  { used, known }: MeteredUse,
  holds: Holds = NO_HOLDS,
  nowMs: number,
): UsedAllowance[] {
  const allowances = granted.get(id) ?? [];
  if (kind !== 'metered') return [...allowances];
  return allowances.map((allowance) => {
    const { reserved, held } = heldIn(holds, known.get(id) ?? NOTHING_KNOWN, {
      ...allowance,
      nowMs,
    });
    return { ...allowance, used: (used.get(allowance) ?? ZERO).add(held), reserved };
  });
}

/** As many events as metering is asked for at once. */
const EVENTS_MAX = 10_000;
const NOTHING_KNOWN: KnownEvents = new Map();
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

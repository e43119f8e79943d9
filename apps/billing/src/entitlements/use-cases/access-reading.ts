import { precondition, unavailable } from '@billingrails/errors';
import type { AccountId, CreditUnitId, FeatureId, OrganisationId } from '@billingrails/ids';
import { decimal, type Decimal } from '@billingrails/money';
import type { CreditUnit } from '../../credits/domain/credit-unit';
import type { MeterProfile } from '../../catalogue/domain/fee';
import { isOfAccount } from '../../clocks/domain/clock-name';
import type { Present } from '../../clocks/store/clocks';
import type { Period } from '@billingrails/time';
import type { ServiceParts } from '../../service-parts';
import { lastTermsAt } from '../../subscriptions/domain/present';
import { periodAt, type Subscription } from '../../subscriptions/domain/subscription';
import { isGranting } from '../../subscriptions/domain/terms';
import type { UsedAllowance } from '../domain/access-decision';
import { allowancesOf, type Allowance, type Holder } from '../domain/allowance';
import { outOfTime, type Entitlement, type Feature } from '../domain/feature';
import { periodsBefore, rolledOverInto } from '../domain/rollover';
import { heldIn, NO_HOLDS, type Holds, type KnownEvents } from '../domain/holds';
import type { KnownAccount } from './known-accounts';
import {
  creditsLeft,
  meteredCredits,
  type MeteredCredits,
  type NeededCredits,
} from './metered-credits';

/** An account at the organisation's present, and who grants features to it then. */
export interface PresentAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  readonly nowMs: number;
  /** Its started subscriptions that are not paused, oldest first. */
  readonly holders: readonly Holder[];
  readonly subscriptions: readonly Subscription[];
  readonly entitlements: readonly Entitlement[];
  readonly creditUnits: ReadonlyMap<CreditUnitId, CreditUnit>;
}

/** What an account is granted of features, by their ids; nothing for one that is not in it. */
export type Granted = ReadonlyMap<FeatureId, readonly GrantedAllowance[]>;

/** What is granted for a period, and those before it of which something may be left for it, oldest first. */
interface GrantedAllowance {
  readonly allowance: Allowance;
  readonly before: readonly Allowance[];
}

/** What was used of allowances, by features, as metering answered. */
export interface MeteredUse {
  readonly uses: ReadonlyMap<Allowance, Metered>;
  /** By feature: of the events that its reservations were settled with those that are counted by now. */
  readonly known: ReadonlyMap<FeatureId, KnownEvents>;
  /** By feature what usage has left of the credits that it needs. Nothing for one that needs none. */
  readonly credits: ReadonlyMap<FeatureId, MeteredCredits>;
}

/** What was used, and which of the events are in it. */
interface Metered {
  readonly quantity: Decimal;
  readonly known: KnownEvents;
}

/** Nothing is metered, or nothing is granted. */
export const NOTHING_METERED: MeteredUse = {
  uses: new Map(),
  known: new Map(),
  credits: new Map(),
};

/** The time that the account lives by: of all but test accounts the organisation's, which is known for good if real. */
export function presentOf(
  { clocks }: Pick<ServiceParts, 'clocks'>,
  { organisationId, accountId, isTest }: KnownAccount,
): Promise<Present> {
  return isTest ? clocks.presentOf(organisationId, accountId) : clocks.present(organisationId);
}

/** The account as it is now. */
export function presentAccount(known: KnownAccount, { clock, nowMs }: Present): PresentAccount {
  const { organisationId, accountId, subscriptions, creditUnits } = known;
  const holders = holdersAt(subscriptions, nowMs);
  const entitlements = isOfAccount(clock) ? known.entitlements.map(outOfTime) : known.entitlements;
  return { organisationId, accountId, nowMs, holders, subscriptions, entitlements, creditUnits };
}

/** What it is granted of the features. */
export function grantedTo(
  { nowMs, holders, subscriptions, entitlements }: PresentAccount,
  features: readonly Feature[],
): Granted {
  return new Map(
    features.map(({ id }) => {
      const ofFeature = entitlements.filter(({ featureId }) => featureId === id);
      const at = (ms: number) => allowancesOf(ofFeature, holdersAt(subscriptions, ms), ms);
      const granted = allowancesOf(ofFeature, holders, nowMs).map((allowance) => ({
        ...{ allowance, before: periodsBefore(allowance, at) },
      }));
      return [id, granted];
    }),
  );
}

/**
 * What was used of all that is granted of metered features, and which events that were settled with are in it: one
 * question, or several where there are very many of either. Throws a DomainError of kind unavailable where usage cannot
 * be read, or only in part.
 */
export async function meteredUse(
  parts: ServiceParts,
  account: PresentAccount,
  of: UseQuestion,
): Promise<MeteredUse> {
  const asked = of.features.flatMap(({ id, meterProfile }): AskedUse[] => {
    if (meterProfile === undefined) return [];
    const settled = (of.holds.get(id) ?? NO_HOLDS).settled.map(({ key }) => key);
    const common = { featureId: id, meterProfile, keys: [...new Set(settled)] };
    return (of.granted.get(id) ?? []).flatMap(({ allowance, before }) => [
      { ...common, allowance, period: allowance.usedPeriod },
      ...before.map((past) => ({ ...common, allowance: past, period: past.period })),
    ]);
  });
  // Of one allowance usage and events are of one moment; different ones need not be.
  const [answers, credits] = await Promise.all([
    Promise.all(together(asked).map((some) => askedTogether(parts, account, some, of))),
    meteredCredits(parts, account, neededCredits(account, of), of),
  ]);
  return {
    credits,
    uses: new Map(answers.flatMap(({ uses }) => [...uses])),
    known: new Map(
      of.features.map(({ id }) => {
        const known = answers.flatMap((answer) => [...(answer.known.get(id) ?? [])]);
        return [id, new Map(known)];
      }),
    ),
  };
}

/** Which credits features need, and the events that their reservations were settled with. */
function neededCredits(
  { creditUnits }: PresentAccount,
  { features, granted, holds }: UseQuestion,
): NeededCredits[] {
  return features.flatMap(({ id: featureId, meterProfile }) => {
    const needed = (granted.get(featureId) ?? []).flatMap(
      ({ allowance }) => allowance.creditUnitIds ?? [],
    );
    const units = [...new Set(needed)].flatMap((id) => creditUnits.get(id) ?? []);
    if (meterProfile === undefined || units.length === 0) return [];
    const settled = (holds.get(featureId) ?? NO_HOLDS).settled.map(({ key }) => key);
    return [{ featureId, meterProfile, units, keys: [...new Set(settled)] }];
  });
}

/** Of whose use it is asked, and what is known of it. */
interface UseQuestion {
  readonly features: readonly Feature[];
  readonly granted: Granted;
  readonly holds: ReadonlyMap<FeatureId, Holds>;
  readonly consistencyToken: string;
  readonly signal?: AbortSignal | undefined;
}

interface AskedUse {
  readonly featureId: FeatureId;
  readonly meterProfile: MeterProfile;
  readonly allowance: Allowance;
  readonly period: Period;
  /** Of the feature. */
  readonly keys: readonly string[];
}

/** In groups that metering can be asked for at once. */
function together(asked: readonly AskedUse[]): AskedUse[][] {
  const groups: AskedUse[][] = [];
  let keys = new Set<string>();
  for (const each of asked) {
    const last = groups.at(-1);
    const isSame = last?.[0]?.keys === each.keys;
    const all = isSame ? keys : new Set([...keys, ...each.keys]);
    const fits = isSame || all.size <= EVENTS_MAX;
    if (last !== undefined && last.length < QUESTIONS_MAX && fits) {
      last.push(each);
      keys = all;
    } else {
      groups.push([each]);
      keys = new Set(each.keys);
    }
  }
  return groups;
}

async function askedTogether(
  { metering }: ServiceParts,
  { organisationId, accountId }: PresentAccount,
  asked: readonly AskedUse[],
  { consistencyToken, signal }: UseQuestion,
): Promise<Omit<MeteredUse, 'credits'>> {
  const of = { organisationId, accountId, consistencyToken, ...(signal && { signal }) };
  const keys = [...new Set(asked.flatMap((each) => each.keys))];
  const earlier = new Map<string, number | undefined>();
  // What is counted now is so later, too: only of the others it matters whether it is in the usage.
  for (let from = 0; keys.length > EVENTS_MAX && from < keys.length; from += EVENTS_MAX) {
    const some = keys.slice(from, from + EVENTS_MAX);
    const { known } = await metering.accountUsage({ ...of, asked: [], keys: some });
    for (const [key, atMs] of known) earlier.set(key, atMs);
  }
  const left = keys.filter((key) => !earlier.has(key));
  if (left.length > EVENTS_MAX) throw tooManyWaiting();
  const { usages, known: later } = await metering.accountUsage({
    ...{ ...of, keys: left },
    asked: asked.map(({ allowance: { timeZone }, meterProfile, period }) => ({
      ...{ meterProfile, period, timeZone },
    })),
  });
  // Counted in part it would let through what the limit forbids.
  if (usages.some(({ partial }) => partial))
    throw unavailable('USAGE_PARTIAL', 'Earlier events are still being counted.', 1000);
  const known = new Map([...earlier, ...later]);
  return {
    // A maximum, minimum or latest of nothing is 0.
    uses: new Map(
      asked.map(({ allowance }, index) => [
        allowance,
        { quantity: usages[index]?.quantity ?? ZERO, known },
      ]),
    ),
    known: new Map(asked.map(({ featureId }) => [featureId, known])),
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
  { uses, credits }: MeteredUse,
  holds: Holds = NO_HOLDS,
  nowMs: number,
): UsedAllowance[] {
  const left = creditsLeft(credits.get(id), holds, nowMs);
  return (granted.get(id) ?? []).map(({ allowance, before }) => {
    if (kind !== 'metered') return allowance;
    const { quantity, known } = uses.get(allowance) ?? NOTHING;
    const { reserved, held } = heldIn(holds, known, { ...allowance, nowMs });
    const { creditUnitIds } = allowance;
    const now = {
      ...{ ...allowance, used: quantity.add(held), reserved },
      ...(creditUnitIds && { credits: creditUnitIds.flatMap((unitId) => left.get(unitId) ?? []) }),
    };
    if (before.length === 0) return now;
    // What is open counts in the present period alone.
    const settled = { ...holds, open: [] };
    const past = before.map((each) => {
      const use = uses.get(each) ?? NOTHING;
      const ofPeriod = { period: each.period, usedPeriod: each.period, nowMs };
      const { held: heldThen } = heldIn(settled, use.known, ofPeriod);
      return { allowance: each, used: use.quantity.add(heldThen) };
    });
    const rolledOver = rolledOverInto(allowance, past);
    const { limit } = allowance;
    return { ...now, rolledOver, ...(limit === undefined ? {} : { limit: limit.add(rolledOver) }) };
  });
}

/** As many events, and as many usages, as metering is asked for at once. */
const EVENTS_MAX = 10_000;
const QUESTIONS_MAX = 1_000;
const ZERO = decimal(0n);
const NOTHING: Metered = { quantity: ZERO, known: new Map() };

function holdersAt(subscriptions: readonly Subscription[], nowMs: number): Holder[] {
  return subscriptions.flatMap((subscription): Holder[] => {
    const terms = lastTermsAt(subscription, nowMs);
    const isHolder = periodAt(subscription, nowMs) !== undefined && isGranting(terms);
    if (!isHolder) return [];
    const addOns = (terms.addOns ?? []).map(({ planId, quantity: count }) => ({ planId, count }));
    return [{ subscription, plans: [{ planId: terms.planId, count: decimal(1n) }, ...addOns] }];
  });
}

import { assert, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import {
  resolveFees,
  resolveProfiles,
  type ResolvedFee,
} from '../../catalogue/use-cases/resolve-fees';
import { currenciesOf } from '../../catalogue/domain/currencies';
import type { Fee } from '../../catalogue/domain/fee';
import { startedViolations } from '../../catalogue/domain/discount';
import { isOfAccount } from '../../clocks/domain/clock-name';
import type { Present } from '../../clocks/store/clocks';
import type { Bill } from '../../bills/domain/posted-bill';
import { previewBills } from '../../bills/use-cases/preview-bills';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOfOne } from '../../settings/use-cases/rules-of';
import type { AskedAddOn, AskedFeeChange } from '../domain/asked';
import { changedBy, changeViolations } from '../domain/change';
import { subscriptionChanged } from '../contract/subscription-changed';
import type { AddOn, Fact, Proration } from '../domain/fact';
import type { MinimumTerm } from '../domain/minimum-term/minimum-term';
import { firstEndMs } from '../domain/minimum-term/running-term';
import { phaseViolations, type PhaseDraft } from '../domain/phases';
import { notSubscribable } from '../domain/refusals/subscribable';
import {
  cyclesOf,
  NOT_BILLED,
  subscriptionViolations,
  type Subscription,
  type SubscriptionDraft,
} from '../domain/subscription';
import {
  ruleWithTrial,
  trialEndMs,
  trialFacts,
  trialViolations,
  withEnd,
  type TrialDraft,
} from '../domain/trial/trial';
import {
  limitCurrencyViolations,
  type TrialLimit,
  type TrialLimitDraft,
} from '../domain/trial/trial-limit';
import { addOnsAsked, refuseTooMany } from './add-ons';
import { checkPhases, notCreated as refused, withPhases } from './phases';
import { plansAt } from './plans-at';
import { refuseOverlap, type AllowedOverlap } from './refuse-overlap';
import { schedule } from './schedule';

/** A subscription as it was asked for, with what its caller allows. */
export type AskedSubscription = SubscriptionDraft &
  AllowedOverlap & {
    /** Unset: all of it is charged from the start. */
    readonly trial?: TrialDraft;
    /** Unset: it goes on. */
    readonly endMs?: number;
    /** Unset: it can be cancelled at any time. */
    readonly term?: MinimumTerm;
    /** How the cycle is charged in which it ends. */
    readonly endProration: Proration;
    /** What it begins with beside its plan. */
    readonly addOns: readonly AskedAddOn[];
    /** Changes that are known from the start. */
    readonly phases: readonly PhaseDraft<AskedFeeChange>[];
  };

/** A checked draft: its fees' meter profiles exist. */
export type PreparedSubscription = Omit<AskedSubscription, 'fees' | 'phases' | 'trial'> & {
  readonly fees: readonly ResolvedFee[];
  readonly phases: readonly PhaseDraft[];
  readonly trial?: ResolvedTrial;
};

type ResolvedTrial = Omit<TrialDraft, 'limit'> & { readonly limit?: TrialLimit };

/** Checks a draft, all at once, and finds the meter profiles of its fees. */
export async function prepareSubscription(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  draft: AskedSubscription,
  signal: AbortSignal,
): Promise<PreparedSubscription> {
  const violations = [
    ...subscriptionViolations(draft),
    ...(draft.trial === undefined ? [] : trialViolations(draft.trial)),
    ...(draft.term !== undefined && draft.endMs !== undefined
      ? [{ field: 'end_time', description: 'must be left out with a term, which says how it ends' }]
      : []),
  ];
  if (violations.length > 0) throw refused(violations);
  const pathOf = (index: number) => `fees[${index}]`;
  const fees = await resolveFees(parts, organisationId, draft.fees, pathOf, signal);
  const phases = await checkPhases(parts, organisationId, draft, signal);
  const { trial, ...rest } = draft;
  if (trial === undefined) return { ...rest, fees, phases };
  const limit = trial.limit && (await resolveLimit(parts, organisationId, trial.limit, signal));
  const { limit: _, ...lasting } = trial;
  return { ...rest, fees, phases, trial: { ...lasting, ...(limit && { limit }) } };
}

async function resolveLimit(
  { metering }: SubscriptionParts,
  organisationId: OrganisationId,
  limit: TrialLimitDraft,
  signal: AbortSignal,
): Promise<TrialLimit> {
  if (limit.kind === 'worth') return limit;
  const path = 'trial.limit.usage.meter_profile';
  const references = [{ path, meterProfile: limit.meterProfile }];
  const [meterProfile] = await resolveProfiles(metering, organisationId, references, signal);
  assert(meterProfile !== undefined, 'what is missing was refused');
  return { ...limit, meterProfile };
}

/** A subscription, and the organisation's present when it was read or made. */
export interface SubscriptionNow {
  readonly subscription: Subscription;
  readonly nowMs: number;
}

/**
 * The bills that a subscription would make until the cycle is closed that holds the present, or its first one.
 * Undefined while usage is still being counted.
 */
export async function previewSubscription(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  draft: AskedSubscription,
  signal: AbortSignal,
): Promise<Bill[] | undefined> {
  const prepared = await prepareSubscription(parts, organisationId, draft, signal);
  const present = await parts.clocks.presentOf(organisationId, draft.accountId);
  const { nowMs } = present;
  const subscription = await agreedBy(parts, organisationId, prepared, present);
  const held = cyclesOf(subscription).at(Math.max(nowMs, subscription.startMs));
  assert(held !== undefined, 'from its start on a subscription is in a cycle');
  const { graceMs } = await rulesOfOne(parts, organisationId, subscription);
  const untilMs = held.period.endMs + graceMs;
  const shown = { subscription, untilMs, field: 'subscription.start_time', signal };
  return (await previewBills(parts, organisationId, shown))?.map(({ bill }) => bill);
}

/**
 * Subscribes an account to a plan. Throws a DomainError of kind precondition when one of them does not exist, or when
 * another subscription of the account stands against it.
 */
export async function subscribe(
  parts: SubscriptionParts,
  session: ClientSession,
  organisationId: OrganisationId,
  draft: PreparedSubscription,
): Promise<SubscriptionNow> {
  const { accountId } = draft;
  const present = await parts.clocks.presentForSubscription(organisationId, accountId, session);
  const { nowMs } = present;
  const subscription = await agreedBy(parts, organisationId, draft, present, session);
  await parts.subscriptions.insert(organisationId, subscription, session);
  await schedule(parts, session, organisationId, subscription, present);
  const { id, startMs: atMs } = subscription;
  const due = { id, accountId: subscription.accountId, atMs };
  await parts.creditDue.wake(organisationId, [due], session);
  const when = { occurMs: nowMs, createMs: parts.clocks.realMs() };
  const change = { type: 'subscription.created', subscription, ...when } as const;
  await addToOutbox(parts.mongo.db, session, subscriptionChanged(organisationId, change));
  return { subscription, nowMs };
}

/**
 * The subscription that a draft comes to. Without a session nothing is fenced, and none stands against it: to show it.
 */
async function agreedBy(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  draft: PreparedSubscription,
  { clock, nowMs }: Present,
  session?: ClientSession,
): Promise<Subscription> {
  const { ids, accounts, plans } = parts;
  const account = await accounts.find(organisationId, draft.accountId, session);
  const plan = await plans.find(organisationId, draft.planId, draft.planVersion, session);
  if (account === undefined || plan?.status !== 'published' || plan.role !== 'plan') {
    throw precondition('SUBSCRIPTION_UNRESOLVED', 'The account or the plan does not exist.', [
      ...(account === undefined ? [{ field: 'account_id', description: 'names no account' }] : []),
      ...notSubscribable(plan, 'plan'),
    ]);
  }
  const { currencyCode = plan.currencyCode } = draft;
  const currencies = currenciesOf(plan);
  if (!currencies.includes(currencyCode))
    throw precondition('SUBSCRIPTION_UNRESOLVED', 'The plan has no prices in that currency.', [
      { field: 'currency_code', description: `must be one of ${currencies.join(', ')}` },
    ]);
  const startMs = draft.startMs ?? nowMs;
  const fees = [...plan.fees, ...draft.fees];
  const charging = { organisationId, accountId: account.id, startMs, fees };
  if (session !== undefined) await refuseOverlap(parts, session, charging, plan, draft);
  const agreed: Subscription = {
    id: ids.next('sub'),
    accountId: account.id,
    planId: plan.id,
    planVersion: plan.version,
    currencyCode,
    startMs,
    timeZone: draft.timeZone,
    cycleRule: draft.cycleRule,
    firstProration: draft.firstProration,
    fees: draft.fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs: nowMs })),
    quantity: draft.quantity,
    ...(draft.commitment === undefined ? {} : { commitment: draft.commitment }),
    ...(draft.discounts === undefined ? {} : { discounts: draft.discounts }),
    changes: [],
    cycle: 0,
    createMs: nowMs,
    ...(isOfAccount(clock) ? { accountClock: true } : {}),
    billed: NOT_BILLED,
  };
  const of = { organisationId, read: agreed, startMs, isToCome: false };
  const addOns = await addOnsAsked(parts, of, draft, 'add_ons', session);
  const subscription = asAgreed(agreed, draft, addOns);
  const begun = await plansAt(parts, organisationId, subscription, startMs, session);
  refuseMissingFees(
    draft,
    begun.flatMap((each) => each.fees),
  );
  if (addOns.length > 0) refuseTooMany(agreed, begun);
  const { phases, allowSharedUsage } = draft;
  const known = { subscription, phases, allowSharedUsage };
  return await withPhases(parts, organisationId, known, session);
}

/** Refuses discounts of fees that are not among them: of its own, nobody knows the ids yet. */
function refuseMissingFees({ discounts = [] }: PreparedSubscription, fees: readonly Fee[]): void {
  const description = 'names no fee of the plan or an add-on that it begins with';
  const violations = discounts.flatMap(({ feeId }, index) =>
    feeId === undefined || fees.some(({ id }) => id === feeId)
      ? []
      : [{ field: `discounts[${index}].fee_id`, description }],
  );
  if (violations.length > 0) throw refused(violations);
}

/** The subscription with its trial and its end. Throws a DomainError invalid where they, or its phases, do not fit. */
function asAgreed(
  agreed: Subscription,
  draft: PreparedSubscription,
  addOns: readonly AddOn[],
): Subscription {
  const { trial, term, endProration: proration, phases } = draft;
  const onTrial = trial === undefined ? agreed : withTrial(agreed, trial);
  const termEndMs = term && firstEndMs(onTrial, { term, fromMs: agreed.startMs });
  if (termEndMs !== undefined && termEndMs <= agreed.startMs)
    throw refused([{ field: 'term.end_time', description: 'must be after start_time' }]);
  const endMs = draft.endMs ?? (term?.renewal === undefined ? termEndMs : undefined);
  const times = { effectiveMs: agreed.startMs, knownMs: agreed.createMs };
  const terms: Fact[] = term === undefined ? [] : [{ kind: 'term_agreed', term, ...times }];
  if (endMs !== undefined && endMs <= agreed.startMs)
    throw refused([{ field: 'end_time', description: 'must be after start_time' }]);
  const ends: Fact[] =
    endMs === undefined
      ? []
      : [{ kind: 'cancelled', proration, effectiveMs: endMs, knownMs: agreed.createMs }];
  const ending = withEnd({ ...onTrial, changes: [...onTrial.changes, ...terms, ...ends] });
  const timing = { kind: 'at_time', ms: agreed.startMs } as const;
  const change = { addOns, timing, proration: 'second' } as const;
  const violations = [
    ...phaseViolations(phases, ending),
    ...(addOns.length === 0 ? [] : changeViolations(change, '')),
    ...startedViolations(agreed.discounts ?? [], agreed.startMs, 'discounts', 'start_time'),
  ];
  if (violations.length > 0) throw refused(violations);
  return changedBy(ending, change, agreed.createMs);
}

/** The subscription, beginning with the trial. Throws a DomainError invalid for a trial that ends before it begins. */
function withTrial(agreed: Subscription, trial: ResolvedTrial): Subscription {
  const endMs = trialEndMs(trial, agreed);
  const { limit } = trial;
  const violations =
    limit === undefined ? [] : limitCurrencyViolations(limit, agreed.currencyCode, 'trial.limit');
  if (violations.length > 0) throw refused(violations);
  if (endMs !== undefined && endMs <= agreed.startMs)
    throw refused([{ field: 'trial.end_time', description: 'must be after start_time' }]);
  return {
    ...agreed,
    cycleRule: ruleWithTrial(agreed.cycleRule, trial, endMs),
    changes: trialFacts(trial, agreed, endMs, agreed.createMs),
  };
}

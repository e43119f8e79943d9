import { DomainError, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { mapBounded } from '@billingrails/waits';
import { missingPlan, refOf, type Plan, type PlanRef } from '../../catalogue/domain/plan';
import type { SubscriptionParts } from '../../service-parts';
import { effectiveMsOf, type ChangeTiming } from '../domain/change';
import type { AddOn } from '../domain/fact';
import { lastTermsAt } from '../domain/present';
import { notSubscribable } from '../domain/refusals/subscribable';
import type { Subscription } from '../domain/subscription';

/** Which subscriptions are migrated, to what and when. */
export interface Migration {
  readonly planId: string;
  /** Empty: all. */
  readonly fromVersions: readonly number[];
  /** Empty: the same plan. */
  readonly toPlanId: string;
  /** 0: the newest published. */
  readonly toVersion: number;
  /** Empty: all. */
  readonly subscriptionIds: readonly string[];
  readonly timing: ChangeTiming;
  /** Only those after it. */
  readonly afterId: string;
}

/** What became of a subscription, or would. */
export interface Migrated<T> {
  readonly subscriptionId: string;
  readonly outcome: 'migrated' | 'unchanged' | { readonly refused: DomainError };
  /** What was made of it; set exactly where it is migrated. */
  readonly made?: T;
  readonly done: number;
  readonly total: number;
}

/** What a subscription has after its migration: another version or plan, or others of its add-ons. */
export type MigratedTo =
  | { readonly plan: PlanRef; readonly addOns?: never }
  | { readonly plan?: never; readonly addOns: readonly AddOn[] };

/** Subscriptions that are read, and changed, at the same time. */
const AT_ONCE = 8;

/**
 * Goes through the subscriptions in the order of their ids, and makes something of each that is meant. Throws a
 * DomainError where the version to migrate to cannot be had; what is refused for one is told as its outcome.
 */
export async function* migrate<T>(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  migration: Migration,
  make: (subscriptionId: string, to: MigratedTo) => Promise<T>,
  signal: AbortSignal,
): AsyncGenerator<Migrated<T>> {
  const to = await targetOf(parts, organisationId, migration);
  const total = await totalOf(parts, organisationId, migration);
  let done = 0;
  for await (const read of batchesOf(parts, organisationId, migration)) {
    if (signal.aborted) return;
    const accountIds = read.map(({ accountId }) => accountId);
    const presentFor = await parts.clocks.presentsOf(organisationId, accountIds);
    const outcomes = await mapBounded(read, AT_ONCE, async (subscription) => {
      const { id: subscriptionId, accountId } = subscription;
      const { nowMs } = presentFor(accountId);
      const meant = meantFor(subscription, migration, to, nowMs);
      if (meant === undefined) return { subscriptionId, outcome: 'unchanged' } as const;
      try {
        const made = await make(subscriptionId, meant);
        return { subscriptionId, outcome: 'migrated', made } as const;
      } catch (error) {
        if (!(error instanceof DomainError)) throw error;
        return { subscriptionId, outcome: { refused: error } };
      }
    });
    for (const outcome of outcomes) {
      done += 1;
      yield { ...outcome, done, total };
    }
  }
}

/** What is migrated to: a version of a plan, or of an add-on. */
type Target = PlanRef & Pick<Plan, 'role'>;

async function targetOf(
  { plans }: SubscriptionParts,
  organisationId: OrganisationId,
  { planId, toPlanId, toVersion }: Migration,
): Promise<Target> {
  const from = await plans.find(organisationId, planId);
  if (from === undefined) throw missingPlan();
  const plan = await plans.find(organisationId, toPlanId || planId, toVersion);
  const violations = notSubscribable(plan, from.role).map(({ field, description }) => ({
    field: field === 'plan_id' ? 'migration.to_plan_id' : 'migration.to_version',
    description,
  }));
  if (plan === undefined || violations.length > 0)
    throw precondition('PLAN_NOT_FITTING', 'Nothing can be migrated to that.', violations);
  return { ...refOf(plan), role: plan.role };
}

async function totalOf(
  { subscriptions }: SubscriptionParts,
  organisationId: OrganisationId,
  { planId, subscriptionIds, afterId }: Migration,
): Promise<number> {
  if (subscriptionIds.length > 0) return namedAfter(subscriptionIds, afterId).length;
  return subscriptions.countOfPlan(organisationId, planId, afterId);
}

/** Those that are looked at: the named ones that exist, or all that ever had the plan. */
async function* batchesOf(
  { subscriptions }: SubscriptionParts,
  organisationId: OrganisationId,
  { planId, subscriptionIds, afterId }: Migration,
): AsyncGenerator<Subscription[]> {
  const named = namedAfter(subscriptionIds, afterId);
  for (let from = 0; from < named.length; from += AT_ONCE) {
    const ids = named.slice(from, from + AT_ONCE);
    const found = ids.map((id) => subscriptions.find(organisationId, id));
    yield (await Promise.all(found)).filter((subscription) => subscription !== undefined);
  }
  if (subscriptionIds.length > 0) return;
  for (let after = afterId; ;) {
    const slice = { afterId: after, limit: AT_ONCE };
    const batch = await subscriptions.list(organisationId, slice, { planIds: planId });
    const last = batch.at(-1);
    if (last === undefined) return;
    yield batch;
    after = last.id;
  }
}

function namedAfter(subscriptionIds: readonly string[], afterId: string): string[] {
  return [...new Set(subscriptionIds)].filter((id) => id > afterId).sort();
}

/**
 * What the subscription is to have, where it has what is migrated when the migration takes effect for it. Of an add-on
 * it has as many as before; where it becomes another that it has as well, as many as of both.
 */
function meantFor(
  subscription: Subscription,
  { planId, fromVersions, timing }: Migration,
  { role, ...to }: Target,
  nowMs: number,
): MigratedTo | undefined {
  const effectiveMs = effectiveMsOf(subscription, { timing }, nowMs);
  if ((subscription.endMs ?? Infinity) <= effectiveMs) return undefined;
  const terms = lastTermsAt(subscription, effectiveMs);
  const { addOns = [] } = terms;
  const had = role === 'plan' ? terms : addOns.find((each) => each.planId === planId);
  if (had?.planId !== planId) return undefined;
  if (planId === to.planId && had.planVersion === to.planVersion) return undefined;
  if (fromVersions.length > 0 && !fromVersions.includes(had.planVersion)) return undefined;
  if (role === 'plan') return { plan: to };
  if (planId === to.planId) return { addOns: [{ ...to, quantity: had.quantity }] };
  const other = addOns.find((each) => each.planId === to.planId);
  const quantity = other === undefined ? had.quantity : had.quantity.add(other.quantity);
  return {
    addOns: [
      { ...had, quantity: decimal(0n) },
      { ...to, quantity },
    ],
  };
}

import { invalid, precondition } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { resolveFees, type ResolvedFee } from '../../catalogue/use-cases/resolve-fees';
import type { SubscriptionParts } from '../../service-parts';
import {
  NOT_BILLED,
  subscriptionViolations,
  type Subscription,
  type SubscriptionDraft,
} from '../domain/subscription';
import { refuseOverlap, type AllowedOverlap } from './refuse-overlap';
import { schedule } from './schedule';

/** A checked draft: its fees' meter profiles exist. */
export type PreparedSubscription = Omit<SubscriptionDraft, 'fees'> &
  AllowedOverlap & { readonly fees: readonly ResolvedFee[] };

/** Checks a draft, all at once, and finds the meter profiles of its fees. */
export async function prepareSubscription(
  { metering }: SubscriptionParts,
  organisationId: OrganisationId,
  draft: SubscriptionDraft & AllowedOverlap,
  signal: AbortSignal,
): Promise<PreparedSubscription> {
  const violations = subscriptionViolations(draft);
  if (violations.length > 0)
    throw invalid('SUBSCRIPTION_INVALID', 'The subscription cannot be created.', violations);
  const pathOf = (index: number) => `fees[${index}]`;
  const fees = await resolveFees(metering, organisationId, draft.fees, pathOf, signal);
  return { ...draft, fees };
}

/** A subscription, and the organisation's present when it was read or made. */
export interface SubscriptionNow {
  readonly subscription: Subscription;
  readonly nowMs: number;
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
  const { ids, accounts, plans, subscriptions, clocks } = parts;
  const account = await accounts.find(organisationId, draft.accountId, session);
  const plan = await plans.find(organisationId, draft.planId, session);
  if (account === undefined || plan === undefined) {
    throw precondition('SUBSCRIPTION_UNRESOLVED', 'The account or the plan does not exist.', [
      ...(account === undefined ? [{ field: 'account_id', description: 'names no account' }] : []),
      ...(plan === undefined ? [{ field: 'plan_id', description: 'names no plan' }] : []),
    ]);
  }
  const { clock, nowMs } = await clocks.presentForSubscription(organisationId, session);
  const startMs = draft.startMs ?? nowMs;
  const fees = [...plan.fees, ...draft.fees];
  const charging = { organisationId, accountId: account.id, startMs, fees };
  await refuseOverlap(parts, session, charging, plan, draft);
  const subscription: Subscription = {
    id: ids.next('sub'),
    accountId: account.id,
    planId: plan.id,
    startMs,
    timeZone: draft.timeZone,
    cycleRule: draft.cycleRule,
    firstProration: draft.firstProration,
    fees: draft.fees.map((fee) => ({ ...fee, id: ids.next('fee'), createMs: nowMs })),
    quantity: draft.quantity,
    changes: [],
    cycle: 0,
    createMs: nowMs,
    billed: NOT_BILLED,
  };
  await subscriptions.insert(organisationId, subscription, session);
  await schedule(parts, session, organisationId, subscription, clock);
  return { subscription, nowMs };
}

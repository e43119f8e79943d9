import { conflict, precondition } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import {
  billingFrom,
  sharedUsage,
  type Pricing,
  type Subscribed,
} from '../domain/refusals/overlap';
import { lastTermsAt } from '../domain/present';
import type { Plan } from '../../catalogue/domain/plan';
import type { Subscription } from '../domain/subscription';
import type { ServiceParts } from '../../service-parts';
import { plansAt } from './plans-at';

/** Fees that are to charge an account's usage. */
export interface Charging {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** From when on. */
  readonly startMs: number;
  readonly fees: readonly Pricing[];
}

/** What a caller allows of what is refused. */
export interface AllowedOverlap {
  /** The same plan a second time. */
  readonly allowDuplicate: boolean;
  /** Usage that another subscription is charged for. */
  readonly allowSharedUsage: boolean;
}

/**
 * Refuses a new subscription whose plan the account has at the same time, or whose usage another one is charged for,
 * unless that is allowed.
 */
export async function refuseOverlap(
  parts: ServiceParts,
  session: ClientSession,
  charging: Charging,
  plan: Plan,
  allowed: AllowedOverlap,
): Promise<void> {
  const others = await othersOf(parts, session, charging);
  const equal = others.find((other) => lastTermsAt(other, charging.startMs).planId === plan.id);
  if (equal !== undefined && !allowed.allowDuplicate) throw duplicate(equal);
  const different = others.filter(
    (other) => lastTermsAt(other, charging.startMs).planId !== plan.id,
  );
  if (!allowed.allowSharedUsage) await refuseShared(parts, session, charging, different);
}

/** Refuses a new fee of a subscription on usage that another one of the account is charged for at the same time. */
export async function refuseSharedFee(
  parts: ServiceParts,
  session: ClientSession,
  charging: Charging,
  subscriptionId: Subscription['id'],
): Promise<void> {
  const others = await othersOf(parts, session, charging);
  const different = others.filter(({ id }) => id !== subscriptionId);
  await refuseShared(parts, session, charging, different);
}

/** The account's subscriptions at the time. Of two requests at once, the later one sees what the earlier one did. */
async function othersOf(
  { accounts, subscriptions }: ServiceParts,
  session: ClientSession,
  { organisationId, accountId, startMs }: Charging,
): Promise<Subscription[]> {
  await accounts.fence(organisationId, [accountId], session);
  return billingFrom(startMs, await subscriptions.ofAccount(organisationId, accountId, session));
}

async function refuseShared(
  parts: ServiceParts,
  session: ClientSession,
  { organisationId, startMs, fees }: Charging,
  others: readonly Subscription[],
): Promise<void> {
  const subscribed: Subscribed[] = [];
  for (const subscription of others) {
    const plans = await plansAt(parts, organisationId, subscription, startMs, session);
    subscribed.push({ subscription, plans });
  }
  const shared = sharedUsage(fees, subscribed);
  if (shared.length === 0) return;
  throw precondition(
    'USAGE_CHARGED_TWICE',
    'Two subscriptions of the account would each be charged for all of its usage of a meter profile.',
    shared.map(({ meterProfile: { meterId, profile }, subscriptionId }) => ({
      field: 'allow_shared_usage',
      description:
        `must be true to price profile "${profile}" of ${meterId}, which ${subscriptionId} is charged for; ` +
        'or cancel that one, or price a profile that filters other usage',
    })),
  );
}

function duplicate({ id }: Subscription) {
  return conflict('SUBSCRIPTION_EXISTS', `The account has that plan already, by ${id}.`, [
    {
      field: 'allow_duplicate',
      description: `must be true for a second one; or cancel ${id}, or start when that ends`,
    },
  ]);
}

import { profileKey, type Fee, type MeterProfile } from '../../../catalogue/domain/fee';
import type { Plan } from '../../../catalogue/domain/plan';
import type { Subscription } from '../subscription';

/** A subscription with the plan and the add-ons that it is charged by. */
export interface Subscribed {
  readonly subscription: Subscription;
  readonly plans: readonly Pick<Plan, 'fees'>[];
}

/** What a fee prices. */
export type Pricing = Pick<Fee, 'meterProfile'>;

/** Usage that another subscription of the account charges, too. */
export interface SharedUsage {
  readonly meterProfile: MeterProfile;
  readonly subscriptionId: Subscription['id'];
}

/** Those that bill something at or after `startMs`. */
export function billingFrom(
  startMs: number,
  subscriptions: readonly Subscription[],
): Subscription[] {
  return subscriptions.filter(
    (other) => (other.endMs ?? Infinity) > Math.max(startMs, other.startMs),
  );
}

/** The usage that both these fees and others' price: each profile once for each other subscription. */
export function sharedUsage(
  fees: readonly Pricing[],
  others: readonly Subscribed[],
): SharedUsage[] {
  const priced = profilesOf(fees);
  return others.flatMap(({ subscription, plans }) => {
    const theirs = profilesOf([...plans.flatMap(({ fees: own }) => own), ...subscription.fees]);
    return [...theirs]
      .filter(([key]) => priced.has(key))
      .map(([, meterProfile]) => ({ meterProfile, subscriptionId: subscription.id }));
  });
}

function profilesOf(fees: readonly Pricing[]): Map<string, MeterProfile> {
  return new Map(
    fees.flatMap(({ meterProfile }) =>
      meterProfile === undefined ? [] : [[profileKey(meterProfile), meterProfile] as const],
    ),
  );
}

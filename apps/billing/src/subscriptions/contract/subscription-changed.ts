import { objectChanged, type ChangeType } from '@billingrails/bus';
import { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';
import type { Subscription } from '../domain/subscription';
import { subscriptionToProto } from './subscription';

/** What has become of a subscription. */
export interface SubscriptionChange {
  readonly type: Extract<ChangeType, `subscription.${string}`>;
  /** As it is known then; it is told as it stands at `occurMs`. */
  readonly subscription: Subscription;
  /** What tells several times apart, such as the number of the fact. Unset: it comes about once. */
  readonly occasion?: string;
  /** By its clock. */
  readonly occurMs: number;
  /** By the server's clock. */
  readonly createMs: number;
}

/** The message that tells of it. */
export function subscriptionChanged(
  organisationId: OrganisationId,
  { type, subscription, occasion, occurMs, createMs }: SubscriptionChange,
): OutboxMessage {
  const { id: objectId, accountId, accountClock: isTest = false } = subscription;
  return objectChanged({
    ...{ type, organisationId, accountId, objectId, isTest, occurMs, createMs },
    ...(occasion === undefined ? {} : { occasion }),
    schema: SubscriptionSchema,
    object: subscriptionToProto(subscription, occurMs),
  });
}

import { fromBinary } from '@bufbuild/protobuf';
import {
  ObjectChangedSchema,
  type ObjectChanged,
} from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { streamMessages, waitFor } from '@billingrails/testing';
import type { Replica } from './world';

/** What an organisation is told by now, in order; with a prefix only of types that begin so. */
export async function changesOf(
  { mongo, bus }: Pick<Replica, 'mongo' | 'bus'>,
  id: string,
  prefix = '',
): Promise<ObjectChanged[]> {
  await waitFor(async () => (await mongo.db.collection('outbox').countDocuments()) === 0, {
    what: 'all that has changed to be told',
  });
  const all = await streamMessages(bus.manager, 'CHANGES');
  return all
    .map(({ data }) => fromBinary(ObjectChangedSchema, data))
    .filter(({ organisationId, type }) => organisationId === id && type.startsWith(prefix));
}

/** The subscription that comes with a change. */
export const subscriptionIn = ({ object }: ObjectChanged) => fromBinary(SubscriptionSchema, object);

import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { objectChanged, publishOnce, type ChangeType } from '@billingrails/bus';
import {
  ObjectChangedSchema,
  type ObjectChanged,
} from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import { SubscriptionSchema } from '@billingrails/contracts/billingrails/billing/v1/subscription_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { OrganisationId } from '@billingrails/ids';
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

let told = 0;

/** Says, as invoicing does, what has become of an invoice: each time another message. */
export async function tellInvoice(
  { bus }: Pick<Replica, 'bus'>,
  organisationId: OrganisationId,
  type: Extract<ChangeType, `invoice.${string}`>,
  invoice: Extract<MessageInitShape<typeof InvoiceSchema>, { $typeName?: never }>,
): Promise<void> {
  const { id: objectId = '' } = invoice;
  const times = { isTest: false, occurMs: Date.now(), createMs: Date.now() };
  const occasion = `${(told += 1)}`;
  const change = {
    type,
    organisationId,
    objectId,
    occasion,
    schema: InvoiceSchema,
    object: invoice,
  };
  const { id: messageId, ...message } = objectChanged({ ...change, ...times });
  await publishOnce(bus, { ...message, messageId });
}

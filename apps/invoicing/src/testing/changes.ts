import { fromBinary } from '@bufbuild/protobuf';
import {
  ObjectChangedSchema,
  type ObjectChanged,
} from '@billingrails/contracts/billingrails/bus/v1/object_changed_pb';
import { InvoiceSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { OrganisationId } from '@billingrails/ids';
import { streamMessages, waitFor } from '@billingrails/testing';
import type { World } from './world';

/** What an organisation is told by now, in order. */
export async function changesOf(
  { mongo, bus }: Pick<World, 'mongo' | 'bus'>,
  id: OrganisationId,
): Promise<ObjectChanged[]> {
  await waitFor(async () => (await mongo.db.collection('outbox').countDocuments()) === 0, {
    what: 'all that has changed to be told',
  });
  const all = await streamMessages(bus.manager, 'CHANGES');
  return all
    .map(({ data }) => fromBinary(ObjectChangedSchema, data))
    .filter(({ organisationId }) => organisationId === id);
}

/** The invoice that comes with a change. */
export const invoiceIn = ({ object }: ObjectChanged) => fromBinary(InvoiceSchema, object);

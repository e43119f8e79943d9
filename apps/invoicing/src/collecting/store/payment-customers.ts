import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { ownedKey, type OwnedKey } from '../../store/owned-key';
import type { PaymentCustomer } from '../domain/connection';

interface CustomerDoc {
  _id: OwnedKey<AccountId>;
  customerId: string;
  paymentMethodId?: string;
}

/** The collection `payment_customers`: accounts that the provider knows, one each. */
export interface CustomerStore {
  find(
    organisationId: OrganisationId,
    accountId: AccountId,
    session?: ClientSession,
  ): Promise<PaymentCustomer | undefined>;
  /** The accounts that a customer of the provider is linked to. */
  ofCustomer(
    organisationId: OrganisationId,
    customerId: string,
    session: ClientSession,
  ): Promise<PaymentCustomer[]>;
  replace(customer: PaymentCustomer, session: ClientSession): Promise<void>;
  deleteAll(organisationId: OrganisationId, session: ClientSession): Promise<void>;
}

const CUSTOMERS = 'payment_customers';

/** By organisation, and by the provider's customer; otherwise by `_id`. */
export const CUSTOMER_INDEXES = [
  { collection: CUSTOMERS, key: { '_id.organisationId': 1, customerId: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the customers. */
export function customerStore(db: Db): CustomerStore {
  const collection = db.collection<CustomerDoc>(CUSTOMERS);
  return {
    async find(organisationId, accountId, session) {
      const filter = { _id: ownedKey(organisationId, accountId) };
      const doc = await collection.findOne(filter, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async ofCustomer(organisationId, customerId, session) {
      const filter = { '_id.organisationId': organisationId, customerId };
      const docs = await collection.find(filter as Filter<CustomerDoc>, { session }).toArray();
      return docs.map(fromDoc);
    },
    async replace({ organisationId, accountId, ...doc }, session) {
      const filter = { _id: ownedKey(organisationId, accountId) };
      await collection.replaceOne(filter, doc, { upsert: true, session });
    },
    async deleteAll(organisationId, session) {
      const filter = { '_id.organisationId': organisationId } as Filter<CustomerDoc>;
      await collection.deleteMany(filter, { session });
    },
  };
}

function fromDoc({ _id, ...rest }: CustomerDoc): PaymentCustomer {
  return { organisationId: _id.organisationId, accountId: _id.id, ...rest };
}

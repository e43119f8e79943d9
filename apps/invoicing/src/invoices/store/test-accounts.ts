import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Document, Filter } from 'mongodb';
import type { DraftInvoice } from '../domain/invoice';

export interface TestAccountKey {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
}

interface TestAccountDoc {
  _id: TestAccountKey;
  /** Rises with every transaction that issues invoices of it. */
  version: number;
  /** Set once it is deleted: nothing is invoiced to it any more. */
  isDeleted?: true;
}

/** The collection `test_accounts`: those that were invoiced, or deleted. */
export interface TestAccountStore {
  /** The drafts whose test account is deleted. The others' is not until the transaction is done. */
  deletedOf(
    drafts: readonly DraftInvoice[],
    session: ClientSession,
  ): Promise<ReadonlySet<DraftInvoice>>;
  /** Whether it is one that was invoiced. */
  isTest(of: TestAccountKey, session: ClientSession): Promise<boolean>;
  /** Those of the accounts that are such. */
  among(
    organisationId: OrganisationId,
    accountIds: Iterable<AccountId>,
  ): Promise<ReadonlySet<AccountId>>;
  /** From now on nothing is invoiced to it; then all that was made of it is deleted. Doing it again does nothing. */
  delete(organisationId: OrganisationId, accountId: AccountId): Promise<void>;
}

const TEST_ACCOUNTS = 'test_accounts';

/** Where documents lie that were made of a test account, which owes all its invoices itself; each with an index. */
const TRACES: Readonly<Record<string, (of: TestAccountKey) => Filter<Document>>> = {
  invoices: ({ organisationId, accountId }) => ({ organisationId, accountIds: accountId }),
  receivables: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  credit_notes: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  payments: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  coupon_redemptions: ({ organisationId, accountId }) => ({
    '_id.organisationId': organisationId,
    accountId,
  }),
  account_entries: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  refunds: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  invoice_collections: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  payment_attempts: ({ organisationId, accountId }) => ({ organisationId, accountId }),
  payment_customers: ({ organisationId, accountId: id }) =>
    ({ _id: { organisationId, id } }) as unknown as Filter<Document>,
  account_balances: ({ organisationId, accountId }) => ({
    '_id.organisationId': organisationId,
    '_id.accountId': accountId,
  }),
  invoicing_settings: (_id) => ({ _id }) as unknown as Filter<Document>,
  account_tax_details: ({ organisationId, accountId: id }) =>
    ({ _id: { organisationId, id } }) as unknown as Filter<Document>,
};

/** Found by `_id` only. */
export const TEST_ACCOUNT_INDEXES = [
  { collection: TEST_ACCOUNTS },
] as const satisfies readonly IndexSpec[];

/** Opens the test accounts. */
export function testAccountStore(db: Db): TestAccountStore {
  const collection = db.collection<TestAccountDoc>(TEST_ACCOUNTS);
  return {
    async deletedOf(drafts, session) {
      const deleted = new Set<DraftInvoice>();
      const known = new Map<string, boolean>();
      for (const draft of drafts) {
        if (draft.isTest !== true) continue;
        const { organisationId, accountId } = draft;
        const key = `${organisationId}/${accountId}`;
        if (!known.has(key)) {
          const doc = await collection.findOneAndUpdate(
            { _id: { organisationId, accountId } },
            { $inc: { version: 1 } },
            { upsert: true, returnDocument: 'after', session },
          );
          known.set(key, doc?.isDeleted === true);
        }
        if (known.get(key) === true) deleted.add(draft);
      }
      return deleted;
    },
    async isTest({ organisationId, accountId }, session) {
      const filter = { _id: { organisationId, accountId } };
      return (await collection.findOne(filter, { session })) !== null;
    },
    async among(organisationId, accountIds) {
      const keys = [...new Set(accountIds)].map((accountId) => ({ organisationId, accountId }));
      const docs = await collection.find({ _id: { $in: keys } }).toArray();
      return new Set(docs.map(({ _id }) => _id.accountId));
    },
    async delete(organisationId, accountId) {
      await collection.updateOne(
        { _id: { organisationId, accountId } },
        { $set: { isDeleted: true }, $inc: { version: 1 } },
        { upsert: true },
      );
      for (const [name, filterOf] of Object.entries(TRACES))
        await db.collection(name).deleteMany(filterOf({ organisationId, accountId }));
    },
  };
}

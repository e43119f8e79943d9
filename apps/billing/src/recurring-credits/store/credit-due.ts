import type {
  AccountId,
  OrganisationId,
  RecurringCreditGrantId,
  SubscriptionId,
} from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { keyOf, type Key } from '../../store/resource-collection';

/** What credits may be granted for again: a subscription, or a recurring grant to an account or to a plan. */
export type GrantSource = SubscriptionId | RecurringCreditGrantId;

/** When credits may fall due of something. */
export interface CreditDue {
  readonly id: GrantSource;
  /** Whose credits. Unset for a recurring grant to a plan, whose subscriptions are still to be found. */
  readonly accountId?: AccountId;
  /** By the organisation's clock: all that was granted before is there. */
  readonly atMs: number;
  /** Of a plan: the last of its subscriptions that was found. */
  readonly afterId?: string;
}

interface CreditDueDoc {
  _id: Key;
  accountId?: string;
  atTime: Date;
  afterId?: string;
}

/** The collection `credit_due`: at most one document a subscription or recurring grant. */
export interface CreditDueStore {
  /** Lets be looked at what is granted from an instant on; doing it twice comes to the same. */
  wake(
    organisationId: OrganisationId,
    dues: readonly Omit<CreditDue, 'afterId'>[],
    session?: ClientSession,
  ): Promise<void>;
  find(
    organisationId: OrganisationId,
    id: GrantSource,
    session: ClientSession,
  ): Promise<CreditDue | undefined>;
  /** What is due at an instant, the longest first; of one account where it is named, or of all but some. */
  due(
    organisationId: OrganisationId,
    atMs: number,
    page: {
      readonly limit: number;
      readonly accountId?: AccountId;
      readonly except?: readonly AccountId[];
    },
    session?: ClientSession,
  ): Promise<CreditDue[]>;
  /** Goes on from there; unset: nothing will be due of it. */
  set(
    organisationId: OrganisationId,
    id: GrantSource,
    next: Pick<CreditDue, 'atMs' | 'afterId'> | undefined,
    session: ClientSession,
  ): Promise<void>;
  /** Takes away what was read. */
  remove(
    organisationId: OrganisationId,
    dues: readonly CreditDue[],
    session: ClientSession,
  ): Promise<void>;
}

const CREDIT_DUE = 'credit_due';

/** What is due of an organisation, and of one account. */
export const CREDIT_DUE_INDEXES = [
  { collection: CREDIT_DUE, key: { '_id.organisationId': 1, atTime: 1 } },
  { collection: CREDIT_DUE, key: { '_id.organisationId': 1, accountId: 1, atTime: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens what credits may be granted for. */
export function creditDueStore(db: Db): CreditDueStore {
  const collection = db.collection<CreditDueDoc>(CREDIT_DUE);
  const within = (session: ClientSession | undefined) => (session === undefined ? {} : { session });
  return {
    async wake(organisationId, dues, session) {
      if (dues.length === 0) return;
      const writes = dues.map(({ id, accountId, atMs }) => ({
        updateOne: {
          filter: { _id: keyOf(organisationId, id) },
          update: {
            $min: { atTime: dateOf(atMs) },
            ...(accountId === undefined ? {} : { $set: { accountId: accountId as string } }),
          },
          upsert: true,
        },
      }));
      await collection.bulkWrite(writes, { ordered: false, ...within(session) });
    },
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: keyOf(organisationId, id) }, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async due(organisationId, atMs, { limit, accountId, except }, session) {
      const filter = {
        '_id.organisationId': organisationId,
        ...(accountId === undefined ? {} : { accountId: accountId as string }),
        ...(except === undefined ? {} : { accountId: { $nin: [...except] } }),
        atTime: { $lte: dateOf(atMs) },
      } as Filter<CreditDueDoc>;
      const found = collection.find(filter, within(session)).sort({ atTime: 1 }).limit(limit);
      return (await found.toArray()).map(fromDoc);
    },
    async set(organisationId, id, next, session) {
      const filter = { _id: keyOf(organisationId, id) };
      if (next === undefined) {
        await collection.deleteOne(filter, { session });
        return;
      }
      const { atMs, afterId } = next;
      const fields = { atTime: dateOf(atMs), ...(afterId === undefined ? {} : { afterId }) };
      await collection.updateOne(filter, { $set: fields }, { session });
    },
    async remove(organisationId, dues, session) {
      const keys = dues.map(({ id }) => keyOf(organisationId, id));
      await collection.deleteMany({ _id: { $in: keys } }, { session });
    },
  };
}

function fromDoc({ _id, accountId, atTime, afterId }: CreditDueDoc): CreditDue {
  return {
    id: _id.id as GrantSource,
    ...(accountId === undefined ? {} : { accountId: accountId as AccountId }),
    atMs: msOf(atTime),
    ...(afterId === undefined ? {} : { afterId }),
  };
}

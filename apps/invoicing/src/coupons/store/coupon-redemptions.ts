import type { AccountId, CouponRedemptionId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db, Filter } from 'mongodb';
import { ownedKey, type OwnedKey } from '../../store/owned-key';
import type { CouponRedemption } from '../domain/coupon';
import { couponOffFromDoc, couponOffToDoc, type CouponOffDoc } from './coupon-off-doc';

interface RedemptionDoc
  extends CouponOffDoc, Omit<CouponRedemption, 'id' | 'off' | 'startMs' | 'endMs'> {
  _id: OwnedKey<CouponRedemptionId>;
  startTime: Date;
  endTime?: Date;
}

/** The collection `coupon_redemptions`: by organisation and account. */
export interface CouponRedemptionStore {
  find(
    organisationId: OrganisationId,
    id: CouponRedemptionId,
    session: ClientSession,
  ): Promise<CouponRedemption | undefined>;
  /** All of the accounts, by id, so oldest first. */
  ofAccounts(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
    session?: ClientSession,
  ): Promise<CouponRedemption[]>;
  list(
    organisationId: OrganisationId,
    accountId: AccountId,
    slice: Slice,
  ): Promise<CouponRedemption[]>;
  insert(
    organisationId: OrganisationId,
    redemption: CouponRedemption,
    session: ClientSession,
  ): Promise<void>;
  end(
    organisationId: OrganisationId,
    id: CouponRedemptionId,
    endMs: number,
    session: ClientSession,
  ): Promise<void>;
  /** Counts so many invoices more that each has let off something of. */
  countInvoices(
    organisationId: OrganisationId,
    counts: ReadonlyMap<CouponRedemptionId, number>,
    session: ClientSession,
  ): Promise<void>;
}

const REDEMPTIONS = 'coupon_redemptions';

/** By account; otherwise by `_id`. */
export const COUPON_REDEMPTION_INDEXES = [
  { collection: REDEMPTIONS, key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the redemptions. */
export function couponRedemptionStore(db: Db): CouponRedemptionStore {
  const collection = db.collection<RedemptionDoc>(REDEMPTIONS);
  return {
    async find(organisationId, id, session) {
      const doc = await collection.findOne({ _id: ownedKey(organisationId, id) }, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async ofAccounts(organisationId, accountIds, session) {
      const filter = {
        '_id.organisationId': organisationId,
        accountId: { $in: [...new Set(accountIds)] },
      };
      const options = session === undefined ? {} : { session };
      const docs = await collection.find(filter as Filter<RedemptionDoc>, options).toArray();
      return docs.map(fromDoc).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async list(organisationId, accountId, { afterId, limit }) {
      const filter = {
        '_id.organisationId': organisationId,
        accountId,
        '_id.id': { $gt: afterId },
      } as Filter<RedemptionDoc>;
      const docs = await collection.find(filter).sort({ '_id.id': 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async insert(organisationId, redemption, session) {
      await collection.insertOne(toDoc(organisationId, redemption), { session });
    },
    async end(organisationId, id, endMs, session) {
      const update = { $set: { endTime: dateOf(endMs) } };
      await collection.updateOne({ _id: ownedKey(organisationId, id) }, update, { session });
    },
    async countInvoices(organisationId, counts, session) {
      const writes = [...counts].map(([id, invoiceCount]) => ({
        updateOne: {
          filter: { _id: ownedKey(organisationId, id) },
          update: { $inc: { invoiceCount } },
        },
      }));
      if (writes.length > 0) await collection.bulkWrite(writes, { session });
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, off, startMs, endMs, ...redemption }: CouponRedemption,
): RedemptionDoc {
  return {
    _id: ownedKey(organisationId, id),
    ...redemption,
    ...couponOffToDoc(off),
    startTime: dateOf(startMs),
    ...(endMs === undefined ? {} : { endTime: dateOf(endMs) }),
  };
}

function fromDoc({ _id, startTime, endTime, ...doc }: RedemptionDoc): CouponRedemption {
  const { percentOff, amountOff, ...redemption } = doc;
  return {
    id: _id.id,
    ...redemption,
    off: couponOffFromDoc({
      ...(percentOff === undefined ? {} : { percentOff }),
      ...(amountOff && { amountOff }),
    }),
    startMs: msOf(startTime),
    ...(endTime && { endMs: msOf(endTime) }),
  };
}

import type { CouponId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import type { ClientSession, Db, Filter } from 'mongodb';
import { keysAfter, ownedKey, type OwnedKey } from '../../store/owned-key';
import { codeKey, type Coupon } from '../domain/coupon';
import { couponOffFromDoc, couponOffToDoc, type CouponOffDoc } from './coupon-off-doc';

interface CouponDoc
  extends CouponOffDoc, Omit<Coupon, 'id' | 'off' | 'accountIds' | 'redeemBeforeMs'> {
  _id: OwnedKey<CouponId>;
  codeKey: string;
  accountIds: string[];
  redeemBeforeTime?: Date;
}

/** The collection `coupons`: by organisation and id, and by code. */
export interface CouponStore {
  find(
    organisationId: OrganisationId,
    id: CouponId,
    session?: ClientSession,
  ): Promise<Coupon | undefined>;
  findByCode(
    organisationId: OrganisationId,
    code: string,
    session: ClientSession,
  ): Promise<Coupon | undefined>;
  list(organisationId: OrganisationId, slice: Slice): Promise<Coupon[]>;
  insert(organisationId: OrganisationId, coupon: Coupon, session: ClientSession): Promise<void>;
  archive(organisationId: OrganisationId, id: CouponId, session: ClientSession): Promise<void>;
  countRedemption(
    organisationId: OrganisationId,
    id: CouponId,
    session: ClientSession,
  ): Promise<void>;
}

const COUPONS = 'coupons';

/** By code; otherwise by `_id`. */
export const COUPON_INDEXES = [
  { collection: COUPONS, key: { '_id.organisationId': 1, codeKey: 1 }, unique: true },
] as const satisfies readonly IndexSpec[];

/** Opens the coupons. */
export function couponStore(db: Db): CouponStore {
  const collection = db.collection<CouponDoc>(COUPONS);
  return {
    async find(organisationId, id, session) {
      const filter = { _id: ownedKey(organisationId, id) };
      const doc = await collection.findOne(filter, session === undefined ? {} : { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async findByCode(organisationId, code, session) {
      const filter = { '_id.organisationId': organisationId, codeKey: codeKey(code) };
      const doc = await collection.findOne(filter as Filter<CouponDoc>, { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, { afterId, limit }) {
      const filter = { _id: keysAfter(organisationId, afterId) } as Filter<CouponDoc>;
      const docs = await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async insert(organisationId, coupon, session) {
      await collection.insertOne(toDoc(organisationId, coupon), { session });
    },
    async archive(organisationId, id, session) {
      const update = { $set: { archived: true } };
      await collection.updateOne({ _id: ownedKey(organisationId, id) }, update, { session });
    },
    async countRedemption(organisationId, id, session) {
      const update = { $inc: { redemptionCount: 1 } };
      await collection.updateOne({ _id: ownedKey(organisationId, id) }, update, { session });
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, off, accountIds, redeemBeforeMs, ...coupon }: Coupon,
): CouponDoc {
  return {
    _id: ownedKey(organisationId, id),
    ...coupon,
    ...couponOffToDoc(off),
    codeKey: codeKey(coupon.code),
    accountIds: [...accountIds],
    ...(redeemBeforeMs === undefined ? {} : { redeemBeforeTime: dateOf(redeemBeforeMs) }),
  };
}

function fromDoc({ _id, codeKey: _key, redeemBeforeTime, ...doc }: CouponDoc): Coupon {
  const { percentOff, amountOff, ...coupon } = doc;
  return {
    id: _id.id,
    ...coupon,
    off: couponOffFromDoc({
      ...(percentOff === undefined ? {} : { percentOff }),
      ...(amountOff && { amountOff }),
    }),
    ...(redeemBeforeTime && { redeemBeforeMs: msOf(redeemBeforeTime) }),
  };
}

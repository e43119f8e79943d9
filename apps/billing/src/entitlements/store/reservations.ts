import type { AccountId, FeatureId, OrganisationId, ReservationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { Reservation } from '../domain/reservation';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';

interface ReservationDoc {
  _id: Key;
  accountId: string;
  featureId: string;
  featureCode: string;
  quantity: string;
  createTime: Date;
  expireTime: Date;
  end?: { kind: 'settled'; quantity: string; key: string; eventTime: Date } | { kind: 'released' };
  /** The real time at which it is deleted. */
  deleteTime: Date;
}

/** The collection `reservations`: read by its key, listed by account. */
export interface ReservationStore extends ResourceCollection<Reservation, ReservationDoc> {
  /** Writes them, new or changed. */
  save(
    organisationId: OrganisationId,
    reservations: readonly Reservation[],
    session: ClientSession,
  ): Promise<void>;
}

/** Listed by account; deleted when its time has come. */
export const RESERVATION_INDEXES = [
  {
    collection: 'reservations',
    key: { '_id.organisationId': 1, accountId: 1, '_id.id': 1 },
  },
  { collection: 'reservations', key: { deleteTime: 1 }, expireAfterSeconds: 0 },
] as const satisfies readonly IndexSpec[];

/** As long as answers to requests are kept. */
const KEPT_MS = 30 * 24 * 60 * 60_000;

/** Opens the reservations. `nowMs` is the real time. */
export function reservationStore(db: Db, nowMs: () => number): ReservationStore {
  const toDocNow = (organisationId: OrganisationId, reservation: Reservation) =>
    toDoc(organisationId, reservation, nowMs());
  const base = resourceCollection(db, 'reservations', toDocNow, fromDoc);
  return {
    ...base,
    async save(organisationId, reservations, session) {
      if (reservations.length === 0) return;
      const writes = reservations.map((reservation) => {
        const { _id, ...rest } = toDocNow(organisationId, reservation);
        return { replaceOne: { filter: { _id }, replacement: rest, upsert: true } };
      });
      await base.collection.bulkWrite(writes, { session, ordered: false });
    },
  };
}

function toDoc(
  organisationId: OrganisationId,
  { id, accountId, featureId, featureCode, quantity, createMs, expireMs, end }: Reservation,
  realMs: number,
): ReservationDoc {
  return {
    _id: keyOf(organisationId, id),
    ...{ accountId, featureId, featureCode, quantity: decimalText(quantity) },
    ...{ createTime: dateOf(createMs), expireTime: dateOf(expireMs) },
    ...(end === undefined ? {} : { end: endToDoc(end) }),
    deleteTime: dateOf(realMs + (expireMs - createMs) + KEPT_MS),
  };
}

function endToDoc(end: NonNullable<Reservation['end']>): NonNullable<ReservationDoc['end']> {
  if (end.kind === 'released') return { kind: 'released' };
  const { kind, quantity, key, eventMs } = end;
  return { kind, quantity: decimalText(quantity), key, eventTime: dateOf(eventMs) };
}

function fromDoc({
  _id,
  quantity,
  createTime,
  expireTime,
  end,
  ...doc
}: ReservationDoc): Reservation {
  return {
    id: _id.id as ReservationId,
    accountId: doc.accountId as AccountId,
    featureId: doc.featureId as FeatureId,
    featureCode: doc.featureCode,
    quantity: decimal(quantity),
    ...{ createMs: msOf(createTime), expireMs: msOf(expireTime) },
    ...(end === undefined ? {} : { end: endFromDoc(end) }),
  };
}

function endFromDoc(end: NonNullable<ReservationDoc['end']>): NonNullable<Reservation['end']> {
  if (end.kind === 'released') return end;
  const { kind, quantity, key, eventTime } = end;
  return { kind, quantity: decimal(quantity), key, eventMs: msOf(eventTime) };
}

import { encodeEventEntry, readEventList } from '@billingrails/bus';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type Collection, type Db } from 'mongodb';
import { eventIdOf, type UsageEvent } from '../../events/domain/event';
import type { Correction, CorrectionState } from '../domain/correction';

const CORRECTIONS = 'corrections';

export const NEWEST_FIRST = { rt: -1, _id: -1 } as const;
/** Of an event, whatever account they name. */
export const BY_KEY = { o: 1, k: 1, ...NEWEST_FIRST } as const;
/** For lists; where any state is wanted, the states' orders are merged. */
export const BY_STATE = { o: 1, state: 1, ...NEWEST_FIRST } as const;
export const BY_ACCOUNT = { o: 1, a: 1, state: 1, ...NEWEST_FIRST } as const;

/** What corrections are found by. */
export const CORRECTION_INDEXES: readonly IndexSpec[] = [BY_KEY, BY_STATE, BY_ACCOUNT].map(
  (key) => ({ collection: CORRECTIONS, key }),
);

/** A correction, for ever: what makes it apply once, and why its event is what it is. */
export interface CorrectionDoc {
  /** "<organisation>/<correction>". */
  _id: string;
  /** Organisation, account, idempotency key. */
  o: OrganisationId;
  a: AccountId;
  k: string;
  /** Its place: partition, sequence, index. */
  pt: number;
  sq: number;
  i: number;
  /** When it was accepted. */
  rt: Date;
  reason: string;
  /** Of an amendment: the new content, as an EventList of one. */
  e?: Binary;
  state: CorrectionState;
}

/** A correction with what became of it. */
export interface StoredCorrection extends Correction {
  readonly state: CorrectionState;
}

/** Where corrections are kept. */
export function correctionCollection(db: Db): Collection<CorrectionDoc> {
  return db.collection<CorrectionDoc>(CORRECTIONS);
}

/** How a correction is named among those of all organisations. */
export function correctionDocIdOf(organisationId: OrganisationId, id: string): string {
  return `${organisationId}/${id}`;
}

/** A correction as it is kept. */
export function toCorrectionDoc(correction: StoredCorrection): CorrectionDoc {
  const { id, organisationId, amended, place, receiveTimeMs, reason, state } = correction;
  return {
    _id: correctionDocIdOf(organisationId, id),
    o: organisationId,
    a: correction.accountId,
    k: correction.key,
    pt: place.partition,
    sq: place.seq,
    i: place.index,
    rt: new Date(receiveTimeMs),
    reason,
    ...(amended === undefined ? {} : { e: new Binary(entryOf(amended)) }),
    state,
  };
}

/** The correction that is kept so. */
export function fromCorrectionDoc({ e, ...doc }: CorrectionDoc): StoredCorrection {
  return { ...withoutContent(doc), amended: e && amendedOf(doc, e.buffer) };
}

/** A correction but for the content that an amendment gives. */
export function withoutContent(doc: Omit<CorrectionDoc, 'e'>): Omit<StoredCorrection, 'amended'> {
  return {
    id: doc._id.slice(doc.o.length + 1),
    organisationId: doc.o,
    accountId: doc.a,
    key: doc.k,
    place: { partition: doc.pt, seq: doc.sq, index: doc.i },
    receiveTimeMs: doc.rt.getTime(),
    reason: doc.reason,
    state: doc.state,
  };
}

/** An event as an EventList of one: what its bytes would be, had it come as one. */
export function entryOf(event: UsageEvent): Uint8Array {
  const { organisationId, accountId, eventName, key, timestampAssigned, properties } = event;
  return encodeEventEntry({
    ...{ organisationId, accountId, eventName, idempotencyKey: key },
    timestampMs: BigInt(event.timestampMs),
    timestampAssigned,
    receiveTimeMs: BigInt(event.receiveTimeMs),
    properties,
  });
}

function amendedOf(
  { o: organisationId, a: accountId, k: key }: Pick<CorrectionDoc, 'o' | 'a' | 'k'>,
  list: Uint8Array,
): UsageEvent | undefined {
  const [received] = readEventList(list).events;
  if (received === undefined) return undefined;
  const { eventName, timestampMs, timestampAssigned, receiveTimeMs, properties } = received;
  const id = eventIdOf(organisationId, key);
  const content = { eventName, timestampMs, timestampAssigned, receiveTimeMs, properties };
  return { id, organisationId, accountId, key, ...content };
}

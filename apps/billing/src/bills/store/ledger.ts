import type {
  BillId,
  ChargeId,
  FeeId,
  OrganisationId,
  ProductId,
  SubscriptionId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { IndexSpec } from '@billingrails/mongo';
import type { GroupValue } from '@billingrails/rating';
import { MaxKey, type ClientSession, type Db, type Filter } from 'mongodb';
import type { Entry, Line, Posted } from '../domain/bill';
import type { Charge, ChargeCredit, ChargeDiscount } from '../domain/charge';
import type { Bill } from '../domain/posted-bill';
import { partFromDoc, partToDoc, type PartDoc } from './part-doc';

interface EntryKey {
  organisationId: OrganisationId;
  billId: string;
  /** Its place on the bill. */
  index: number;
}

interface EntryDoc {
  _id: EntryKey;
  subscriptionId: string;
  billNumber: number;
  chargeId: string;
  kind: Charge['kind'];
  feeId?: string;
  productId?: string;
  discount?: { discountId: string; coveredChargeId: string };
  credit?: { creditGrantId: string; coveredChargeId: string };
  group?: GroupValue[] | 'other';
  cycle: number;
  description: string;
  unit: string;
  /** See Charge. */
  cut?: true;
  /** What the charge was computed from. */
  parts: PartDoc[];
  lines: LineDoc[];
  /** What has been rounded onto the lines of the charge on this bill and all before. */
  roundedMinorUnits: string;
}

interface LineDoc {
  kind: Line['kind'];
  reason?: NonNullable<Line['reason']>;
  /** One of the entry's parts by its place, or another. */
  part: number | PartDoc;
  billed: string;
  exactAmount: string;
  minorUnits: string;
  correctsBillId?: string;
}

/** The collection `ledger`: what has been billed, by identity. Only added to. */
export interface LedgerStore {
  insert(
    organisationId: OrganisationId,
    bills: readonly Bill[],
    session: ClientSession,
  ): Promise<void>;
  /**
   * Of each subscription that anything was posted for, the last entry of each charge in the cycles from the first on
   * that is given with it, by the charge's id.
   */
  posted(
    organisationId: OrganisationId,
    subscriptions: readonly (readonly [SubscriptionId, number])[],
  ): Promise<Map<string, Map<string, Posted>>>;
  /** What a bill posted, in the order of its lines. */
  ofBill(organisationId: OrganisationId, subscriptionId: string, billId: BillId): Promise<Entry[]>;
}

const LEDGER = 'ledger';

/** What was posted for a subscription from a cycle on. */
export const LEDGER_INDEXES = [
  {
    collection: LEDGER,
    key: { '_id.organisationId': 1, subscriptionId: 1, cycle: 1, billNumber: 1 },
  },
] as const satisfies readonly IndexSpec[];

/** Opens the ledger. */
export function ledgerStore(db: Db): LedgerStore {
  const collection = db.collection<EntryDoc>(LEDGER);
  return {
    async insert(organisationId, bills, session) {
      const docs = bills.flatMap((bill) =>
        bill.entries.map((entry, index) => toDoc(organisationId, bill, entry, index)),
      );
      if (docs.length > 0) await collection.insertMany(docs, { session });
    },
    async posted(organisationId, subscriptions) {
      const posted = new Map<string, Map<string, Posted>>();
      if (subscriptions.length === 0) return posted;
      const filter = { $or: spansOf(organisationId, subscriptions) };
      const docs = await collection.find(filter).toArray();
      // What was posted last counts.
      for (const doc of docs.sort((a, b) => a.billNumber - b.billNumber)) {
        const { charge, roundedMinorUnits } = fromDoc(doc);
        const ofSubscription = posted.get(doc.subscriptionId) ?? new Map<string, Posted>();
        posted.set(doc.subscriptionId, ofSubscription);
        const billId = doc._id.billId as BillId;
        ofSubscription.set(charge.id, { charge, roundedMinorUnits, billId });
      }
      return posted;
    },
    async ofBill(organisationId, subscriptionId, billId) {
      const bill = { organisationId, billId };
      const filter = {
        _id: { $gte: { ...bill, index: 0 }, $lt: { ...bill, index: new MaxKey() } },
        '_id.organisationId': organisationId,
        subscriptionId,
      } as unknown as Filter<EntryDoc>;
      return (await collection.find(filter).sort({ _id: 1 }).toArray()).map(fromDoc);
    },
  };
}

/** One filter for all subscriptions that are looked at from the same cycle on. */
function spansOf(
  organisationId: OrganisationId,
  subscriptions: readonly (readonly [SubscriptionId, number])[],
) {
  const byCycle = new Map<number, string[]>();
  for (const [id, firstCycle] of subscriptions)
    byCycle.set(firstCycle, [...(byCycle.get(firstCycle) ?? []), id]);
  return [...byCycle].map(([firstCycle, ids]) => ({
    '_id.organisationId': organisationId,
    subscriptionId: { $in: ids },
    cycle: { $gte: firstCycle },
  }));
}

function toDoc(
  organisationId: OrganisationId,
  bill: Bill,
  { charge, lines, roundedMinorUnits }: Entry,
  index: number,
): EntryDoc {
  const { id, parts, group, ...rest } = charge;
  return {
    _id: { organisationId, billId: bill.id, index },
    subscriptionId: bill.subscriptionId,
    billNumber: bill.number,
    chargeId: id,
    ...rest,
    ...(group === undefined ? {} : { group: group === 'other' ? group : [...group] }),
    parts: parts.map(partToDoc),
    lines: lines.map((line) => lineToDoc(line, charge)),
    roundedMinorUnits: roundedMinorUnits.toString(),
  };
}

function lineToDoc({ part, billed, exactAmount, minorUnits, ...line }: Line, charge: Charge) {
  const place = charge.parts.indexOf(part);
  return {
    ...line,
    part: place < 0 ? partToDoc(part) : place,
    billed: decimalText(billed),
    exactAmount: decimalText(exactAmount),
    minorUnits: minorUnits.toString(),
  };
}

function fromDoc(doc: EntryDoc): Entry {
  const parts = doc.parts.map(partFromDoc);
  return {
    charge: {
      id: doc.chargeId as ChargeId,
      kind: doc.kind,
      ...(doc.feeId === undefined ? {} : { feeId: doc.feeId as FeeId }),
      ...(doc.productId === undefined ? {} : { productId: doc.productId as ProductId }),
      ...(doc.discount === undefined ? {} : { discount: doc.discount as ChargeDiscount }),
      ...(doc.credit === undefined ? {} : { credit: doc.credit as ChargeCredit }),
      ...(doc.group === undefined ? {} : { group: doc.group }),
      cycle: doc.cycle,
      description: doc.description,
      unit: doc.unit,
      parts,
      ...(doc.cut === true ? { cut: true } : {}),
    },
    lines: doc.lines.map((line) => lineFromDoc(line, parts)),
    roundedMinorUnits: BigInt(doc.roundedMinorUnits),
  };
}

function lineFromDoc(
  { part, correctsBillId, ...line }: LineDoc,
  parts: Entry['charge']['parts'],
): Line {
  return {
    ...line,
    ...(correctsBillId === undefined ? {} : { correctsBillId: correctsBillId as BillId }),
    part: typeof part === 'number' ? (parts[part] as Line['part']) : partFromDoc(part),
    billed: decimal(line.billed),
    exactAmount: decimal(line.exactAmount),
    minorUnits: BigInt(line.minorUnits),
  };
}

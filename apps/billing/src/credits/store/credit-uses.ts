import type { AccountId, CreditGrantId, CreditUnitId, OrganisationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import type { CreditSource, CreditUse } from '../domain/money/credit-use';

/** The key itself says that a source uses credits once. */
interface UseKey {
  organisationId: OrganisationId;
  kind: CreditSource['kind'];
  sourceId: string;
}

interface CreditUseDoc {
  _id: UseKey;
  /** The invoice that it pays, or that a return is of. */
  invoiceId?: string;
  accountId: string;
  creditUnitId: string;
  useTime: Date;
  createTime: Date;
  parts: { creditGrantId: string; amount: string }[];
}

/** The collection `credit_uses`: what has burned credits in money, and what was given back. Only added to. */
export interface CreditUseStore {
  insert(
    organisationId: OrganisationId,
    uses: readonly CreditUse[],
    session: ClientSession,
  ): Promise<void>;
  /** Those of sources of a kind, by the source's id. */
  ofSources(
    organisationId: OrganisationId,
    kind: CreditSource['kind'],
    sourceIds: readonly string[],
    session: ClientSession,
  ): Promise<Map<string, CreditUse>>;
  /** What was applied to an invoice, and returned of it. */
  ofInvoice(
    organisationId: OrganisationId,
    invoiceId: string,
    session: ClientSession,
  ): Promise<CreditUse[]>;
  /** Those of accounts' credits of a unit, of each in the order of time. */
  ofAccounts(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
    creditUnitId: CreditUnitId,
    session?: ClientSession,
  ): Promise<CreditUse[]>;
}

const CREDIT_USES = 'credit_uses';

/** What an account's credits were used for, and what pays an invoice. */
export const CREDIT_USE_INDEXES = [
  {
    collection: CREDIT_USES,
    key: { '_id.organisationId': 1, accountId: 1, creditUnitId: 1, useTime: 1 },
  },
  { collection: CREDIT_USES, key: { '_id.organisationId': 1, invoiceId: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the uses of credits. */
export function creditUseStore(db: Db): CreditUseStore {
  const collection = db.collection<CreditUseDoc>(CREDIT_USES);
  return {
    async insert(organisationId, uses, session) {
      const docs = uses.map((use) => toDoc(organisationId, use));
      if (docs.length > 0) await collection.insertMany(docs, { session });
    },
    async ofSources(organisationId, kind, sourceIds, session) {
      const keys = sourceIds.map((sourceId) => ({ organisationId, kind, sourceId }));
      const docs = await collection.find({ _id: { $in: keys } }, { session }).toArray();
      return new Map(docs.map((doc) => [doc._id.sourceId, fromDoc(doc)]));
    },
    async ofInvoice(organisationId, invoiceId, session) {
      const filter = { '_id.organisationId': organisationId, invoiceId } as Filter<CreditUseDoc>;
      return (await collection.find(filter, { session }).toArray()).map(fromDoc);
    },
    async ofAccounts(organisationId, accountIds, creditUnitId, session) {
      const filter = {
        '_id.organisationId': organisationId,
        accountId: { $in: [...accountIds] },
        creditUnitId,
      } as Filter<CreditUseDoc>;
      const found = collection.find(filter, session === undefined ? {} : { session });
      return (await found.sort({ accountId: 1, useTime: 1 }).toArray()).map(fromDoc);
    },
  };
}

function toDoc(organisationId: OrganisationId, use: CreditUse): CreditUseDoc {
  const { source, accountId, creditUnitId, timeMs, createMs, parts } = use;
  const invoiceId = invoiceOf(source);
  return {
    _id: { organisationId, kind: source.kind, sourceId: source.id },
    ...(invoiceId === undefined ? {} : { invoiceId }),
    ...{ accountId, creditUnitId },
    useTime: dateOf(timeMs),
    createTime: dateOf(createMs),
    parts: parts.map(({ creditGrantId, amount }) => ({
      creditGrantId,
      amount: decimalText(amount),
    })),
  };
}

function fromDoc({ _id, invoiceId = '', ...doc }: CreditUseDoc): CreditUse {
  const { kind, sourceId: id } = _id;
  return {
    source: kind === 'return' ? { kind, id, invoiceId } : { kind, id },
    accountId: doc.accountId as AccountId,
    creditUnitId: doc.creditUnitId as CreditUnitId,
    timeMs: msOf(doc.useTime),
    createMs: msOf(doc.createTime),
    parts: doc.parts.map(({ creditGrantId, amount }) => ({
      creditGrantId: creditGrantId as CreditGrantId,
      amount: decimal(amount),
    })),
  };
}

function invoiceOf(source: CreditSource): string | undefined {
  switch (source.kind) {
    case 'bill':
      return undefined;
    case 'invoice':
      return source.id;
    case 'return':
      return source.invoiceId;
  }
}

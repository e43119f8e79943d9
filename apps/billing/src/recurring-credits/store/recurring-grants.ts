import type { CreditUnitId, OrganisationId, RecurringCreditGrantId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { CreditCategory } from '../../credits/domain/credit-grant';
import { scopeFromDoc, scopeToDoc, type ScopeDoc } from '../../credits/store/credit-grants';
import type { Grantee } from '../../entitlements/domain/feature';
import { granteeFrom, granteeIdOf, type GranteeId } from '../../entitlements/store/entitlements';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import {
  cycleRuleFromDoc,
  cycleRuleToDoc,
  type CycleRuleDoc,
} from '../../subscriptions/store/subscription-doc';
import type { RecurringGrant } from '../domain/recurring-grant';

interface RecurringGrantDoc {
  _id: Key;
  granteeKind: Grantee['kind'];
  /** "plan_…", "sub_…" or an account's id. */
  granteeId: string;
  creditUnitId: string;
  amount: string;
  category: CreditCategory;
  priority: number;
  interval?: { rule: CycleRuleDoc; timeZone: string };
  rolloverCycles: number;
  rolloverMaximum?: string;
  proratedDigits?: number;
  scope?: ScopeDoc;
  memo: string;
  startTime: Date;
  endTime?: Date;
  createTime: Date;
}

/** The collection `recurring_credit_grants`: added to, and ended. */
export interface RecurringGrantStore extends ResourceCollection<RecurringGrant, RecurringGrantDoc> {
  /** Those to any of the grantees, oldest first. */
  ofGrantees(
    organisationId: OrganisationId,
    granteeIds: readonly GranteeId[],
    session: ClientSession,
  ): Promise<RecurringGrant[]>;
  /** Whether an organisation has any. */
  haveAny(organisationId: OrganisationId, session: ClientSession): Promise<boolean>;
  /** Ends it then, unless it ends earlier. */
  end(
    organisationId: OrganisationId,
    id: RecurringCreditGrantId,
    endMs: number,
    session: ClientSession,
  ): Promise<void>;
}

const RECURRING_GRANTS = 'recurring_credit_grants';

/** What is granted to whom, oldest first. */
export const RECURRING_GRANT_INDEXES = [
  { collection: RECURRING_GRANTS, key: { '_id.organisationId': 1, granteeId: 1, '_id.id': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the recurring grants. */
export function recurringGrantStore(db: Db): RecurringGrantStore {
  const base = resourceCollection(db, RECURRING_GRANTS, toDoc, fromDoc);
  return {
    ...base,
    async ofGrantees(organisationId, granteeIds, session) {
      const filter = {
        '_id.organisationId': organisationId,
        granteeId: { $in: [...granteeIds] },
      };
      const docs = await base.collection.find(filter, { session }).toArray();
      return docs.map(fromDoc).sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    async haveAny(organisationId, session) {
      const filter = { '_id.organisationId': organisationId };
      const projection = { _id: 1 } as const;
      return (await base.collection.findOne(filter, { session, projection })) !== null;
    },
    async end(organisationId, id, endMs, session) {
      const update = { $min: { endTime: dateOf(endMs) } };
      await base.collection.updateOne({ _id: keyOf(organisationId, id) }, update, { session });
    },
  };
}

function toDoc(organisationId: OrganisationId, recurring: RecurringGrant): RecurringGrantDoc {
  const { id, grantee, creditUnitId, amount, category, priority, memo } = recurring;
  const { interval, rolloverCycles, rolloverMaximum, startMs, endMs, createMs } = recurring;
  const { proratedDigits, scope } = recurring;
  return {
    _id: keyOf(organisationId, id),
    ...{ granteeKind: grantee.kind, granteeId: granteeIdOf(grantee) },
    ...{ creditUnitId, amount: decimalText(amount), category, priority, rolloverCycles, memo },
    ...(interval && { interval: { ...interval, rule: cycleRuleToDoc(interval.rule) } }),
    ...(rolloverMaximum && { rolloverMaximum: decimalText(rolloverMaximum) }),
    ...(proratedDigits === undefined ? {} : { proratedDigits }),
    ...(scope && { scope: scopeToDoc(scope) }),
    startTime: dateOf(startMs),
    ...(endMs === undefined ? {} : { endTime: dateOf(endMs) }),
    createTime: dateOf(createMs),
  };
}

function fromDoc({ _id, granteeKind, granteeId, ...doc }: RecurringGrantDoc): RecurringGrant {
  const { category, priority, interval, rolloverCycles, rolloverMaximum, memo, endTime } = doc;
  const { proratedDigits, scope } = doc;
  return {
    id: _id.id as RecurringCreditGrantId,
    grantee: granteeFrom(granteeKind, granteeId),
    creditUnitId: doc.creditUnitId as CreditUnitId,
    amount: decimal(doc.amount),
    ...{ category, priority, rolloverCycles, memo },
    ...(interval && { interval: { ...interval, rule: cycleRuleFromDoc(interval.rule) } }),
    ...(rolloverMaximum === undefined ? {} : { rolloverMaximum: decimal(rolloverMaximum) }),
    ...(proratedDigits === undefined ? {} : { proratedDigits }),
    ...(scope && { scope: scopeFromDoc(scope) }),
    startMs: msOf(doc.startTime),
    ...(endTime === undefined ? {} : { endMs: msOf(endTime) }),
    createMs: msOf(doc.createTime),
  };
}

import { assert } from '@billingrails/errors';
import type {
  AccountId,
  BillId,
  ChargeId,
  CreditGrantId,
  FeeId,
  InvoiceId,
  LineId,
  MeterId,
  OrganisationId,
  PlanId,
  SubscriptionId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, periodFromDoc, periodToDoc, type PeriodDoc } from '@billingrails/mongo';
import {
  corrupt,
  readStep,
  writeStep,
  type CycleShare,
  type GroupValue,
  type PlainStep,
} from '@billingrails/rating';
import { Long } from 'mongodb';
import type {
  Invoice,
  InvoiceCredit,
  InvoiceLine,
  InvoiceSection,
  LineCredit,
  LineProduct,
} from '../domain/invoice';
import {
  assessmentFromDoc,
  assessmentToDoc,
  type AssessmentDoc,
} from '../../totals/store/assessment-doc';
import { dueDateOf, type InvoiceHold, type InvoiceTerms } from '../domain/invoice-terms';

/** An invoice as it lies in MongoDB. Decimals and minor units are text, which keeps every digit. */
export interface InvoiceDoc {
  _id: string;
  organisationId: string;
  /** Who owes it. */
  accountId: string;
  accountName: string;
  sections: SectionDoc[];
  /** That one and those of the sections: whose lists it is on. */
  accountIds: string[];
  currencyCode: string;
  totalMinorUnits: string;
  /** What prepaid credits pay of it. Unset: nothing. */
  credits?: { creditGrantId: string; memo: string; minorUnits: string }[];
  /** Set where it is for credits that are bought. */
  buysCredits?: true;
  /** Unset: nothing was let off or taxed. */
  assessment?: AssessmentDoc;
  issueTime: Date;
  /** Unset on those from before this was kept. */
  createTime?: Date;
  /** Unset on those from before there were terms. */
  terms?: TermsDoc;
  replacesInvoiceId?: InvoiceId;
  isTest?: true;
  status: Invoice['status'];
  /** Its place among the organisation's numbers. Infinity for a draft: newer than every number, so listed first. */
  sequence: number;
  /** Unset for a draft. */
  number?: string;
  finalizeTime?: Date;
  balanceAppliedMinorUnits?: string;
  /** Of a draft that is finalized by itself. */
  holdUntilTime?: Date;
  /** Of a draft that waits for somebody's word. */
  needsApproval?: true;
}

type TermsDoc = Omit<InvoiceTerms, 'customFields'> & {
  customFields: { name: string; value: string }[];
};

interface SectionDoc extends PeriodDoc {
  /** Unset, with the name: the account that owes the invoice. */
  accountId?: string;
  accountName?: string;
  /** Unset where it was written by hand, as the bill. */
  subscriptionId?: string;
  planName: string;
  billId?: string;
  timeZone: string;
  lines: LineDoc[];
  totalMinorUnits: string;
}

interface LineDoc extends PeriodDoc {
  id: string;
  chargeId: string;
  kind: InvoiceLine['kind'];
  reason?: NonNullable<InvoiceLine['reason']>;
  feeId?: string;
  planId?: string;
  product?: { id: string; name: string };
  taxCategory?: string;
  description: string;
  quantity: string;
  unit: string;
  steps: PlainStep[];
  /** The part of the cycle: start, of how much, end, of how much. */
  share?: [Long, Long, Long, Long];
  credited: boolean;
  billedAmount: string;
  exactAmount: string;
  minorUnits: string;
  correctsBillId?: string;
  credit?: { creditGrantId: string; coveredChargeId: string };
  group?: GroupValue[] | 'other';
  usage?: {
    meterId: string;
    profile: string;
    eventCount: Long;
    profileVersion?: number;
    groupVersion?: number;
  };
}

export function invoiceToDoc(invoice: Invoice, sequence: number): InvoiceDoc {
  const accountIds = new Set([invoice, ...invoice.sections].map(({ accountId }) => accountId));
  return {
    _id: invoice.id,
    organisationId: invoice.organisationId,
    accountId: invoice.accountId,
    accountName: invoice.accountName,
    sections: invoice.sections.map((section) => sectionToDoc(invoice, section)),
    accountIds: [...accountIds],
    currencyCode: invoice.total.currencyCode,
    totalMinorUnits: invoice.total.minorUnits.toString(),
    ...(invoice.credits.length === 0 ? {} : { credits: invoice.credits.map(creditToDoc) }),
    ...(invoice.buysCredits === true ? { buysCredits: true } : {}),
    ...(invoice.assessment && { assessment: assessmentToDoc(invoice.assessment) }),
    issueTime: dateOf(invoice.issueMs),
    ...(invoice.createMs === undefined ? {} : { createTime: dateOf(invoice.createMs) }),
    terms: termsToDoc(invoice.terms),
    ...(invoice.replacesInvoiceId && { replacesInvoiceId: invoice.replacesInvoiceId }),
    ...(invoice.isTest === undefined ? {} : { isTest: invoice.isTest }),
    status: invoice.status,
    sequence,
    ...(invoice.status === 'finalized'
      ? {
          number: invoice.number,
          finalizeTime: dateOf(invoice.finalizeMs),
          balanceAppliedMinorUnits: invoice.balanceApplied.minorUnits.toString(),
        }
      : holdToDoc(invoice.hold)),
  };
}

export function termsToDoc({ customFields, ...terms }: InvoiceTerms): TermsDoc {
  return { ...terms, customFields: customFields.map(({ name, value }) => ({ name, value })) };
}

function holdToDoc(hold: InvoiceHold | undefined) {
  switch (hold?.kind) {
    case undefined:
      return {};
    case 'grace':
      return { holdUntilTime: dateOf(hold.untilMs) };
    case 'approval':
      return { needsApproval: true as const };
  }
}

function holdFromDoc({ holdUntilTime, needsApproval }: InvoiceDoc): InvoiceHold | undefined {
  if (needsApproval) return { kind: 'approval' };
  return holdUntilTime && { kind: 'grace', untilMs: msOf(holdUntilTime) };
}

export function invoiceFromDoc(doc: InvoiceDoc): Invoice {
  const { currencyCode, number, finalizeTime, balanceAppliedMinorUnits: applied } = doc;
  const common = {
    id: doc._id as InvoiceId,
    organisationId: doc.organisationId as OrganisationId,
    accountId: doc.accountId as AccountId,
    accountName: doc.accountName,
    sections: doc.sections.map((section) => sectionFromDoc(doc, section)),
    total: { currencyCode, minorUnits: BigInt(doc.totalMinorUnits) },
    credits: (doc.credits ?? []).map((credit) => creditFromDoc(credit, currencyCode)),
    ...(doc.buysCredits === true ? { buysCredits: true as const } : {}),
    ...(doc.assessment && { assessment: assessmentFromDoc(doc.assessment) }),
    issueMs: msOf(doc.issueTime),
    ...(doc.createTime === undefined ? {} : { createMs: msOf(doc.createTime) }),
    terms: doc.terms ?? termsOfOld(doc),
    ...(doc.isTest === true ? { isTest: true as const } : {}),
    ...(doc.replacesInvoiceId && { replacesInvoiceId: doc.replacesInvoiceId }),
  };
  if (doc.status === 'draft') {
    const hold = holdFromDoc(doc);
    return { ...common, ...(hold && { hold }), status: 'draft' };
  }
  assert(number !== undefined && finalizeTime !== undefined, 'a finalized invoice is numbered');
  // Unset on those from before there were balances.
  const balanceApplied = { currencyCode, minorUnits: BigInt(applied ?? 0) };
  return {
    ...common,
    status: 'finalized',
    ...{ number, finalizeMs: msOf(finalizeTime), balanceApplied },
  };
}

/** What stands on an invoice from before there were terms: it was to be paid at once, and said nothing else. */
function termsOfOld({ issueTime, sections: [first] }: InvoiceDoc): InvoiceTerms {
  return {
    dueDate: dueDateOf(msOf(issueTime), 0, first?.timeZone ?? 'UTC'),
    ...{ netDays: 0, purchaseOrderNumber: '', memo: '', customFields: [] },
  };
}

type CreditDoc = NonNullable<InvoiceDoc['credits']>[number];

export function creditToDoc({ creditGrantId, memo, amount }: InvoiceCredit): CreditDoc {
  return { creditGrantId, memo, minorUnits: amount.minorUnits.toString() };
}

function creditFromDoc(
  { creditGrantId, memo, minorUnits }: CreditDoc,
  currencyCode: string,
): InvoiceCredit {
  const amount = { currencyCode, minorUnits: BigInt(minorUnits) };
  return { creditGrantId: creditGrantId as CreditGrantId, memo, amount };
}

function sectionToDoc(
  { accountId }: Invoice,
  { period, lines, total, ...section }: InvoiceSection,
): SectionDoc {
  const { subscriptionId, planName, billId, timeZone } = section;
  return {
    ...(section.accountId === accountId
      ? {}
      : { accountId: section.accountId, accountName: section.accountName }),
    ...(subscriptionId && { subscriptionId }),
    ...(billId && { billId }),
    ...{ planName, timeZone },
    ...periodToDoc(period),
    lines: lines.map(lineToDoc),
    totalMinorUnits: total.minorUnits.toString(),
  };
}

function sectionFromDoc(invoice: InvoiceDoc, section: SectionDoc): InvoiceSection {
  const { currencyCode } = invoice;
  return {
    accountId: (section.accountId ?? invoice.accountId) as AccountId,
    accountName: section.accountName ?? invoice.accountName,
    ...(section.subscriptionId && { subscriptionId: section.subscriptionId as SubscriptionId }),
    planName: section.planName,
    ...(section.billId && { billId: section.billId as BillId }),
    period: periodFromDoc(section),
    timeZone: section.timeZone,
    lines: section.lines.map((line) => lineFromDoc(line, currencyCode)),
    total: { currencyCode, minorUnits: BigInt(section.totalMinorUnits) },
  };
}

function lineToDoc({ period, amount, share, group, usage, ...line }: InvoiceLine): LineDoc {
  return {
    ...line,
    ...periodToDoc(period),
    quantity: decimalText(line.quantity),
    steps: line.steps.map(writeStep),
    ...(share === undefined ? {} : { share: shareToDoc(share) }),
    billedAmount: decimalText(line.billedAmount),
    exactAmount: decimalText(line.exactAmount),
    minorUnits: amount.minorUnits.toString(),
    ...(group === undefined ? {} : { group: group === 'other' ? group : [...group] }),
    ...(usage === undefined
      ? {}
      : { usage: { ...usage, eventCount: Long.fromBigInt(usage.eventCount) } }),
  };
}

function lineFromDoc(doc: LineDoc, currencyCode: string): InvoiceLine {
  const { startTime, endTime, minorUnits, feeId, correctsBillId, share, usage, ...others } = doc;
  const { credit, planId, product, ...line } = others;
  return {
    ...line,
    id: line.id as LineId,
    chargeId: line.chargeId as ChargeId,
    ...(feeId === undefined ? {} : { feeId: feeId as FeeId }),
    ...(planId === undefined ? {} : { planId: planId as PlanId }),
    ...(correctsBillId === undefined ? {} : { correctsBillId: correctsBillId as BillId }),
    ...(product === undefined ? {} : { product: product as LineProduct }),
    ...(credit === undefined ? {} : { credit: credit as LineCredit }),
    period: periodFromDoc({ startTime, endTime }),
    quantity: decimal(line.quantity),
    steps: line.steps.map((step, index) => readStep(step, `steps[${index}]`, corrupt)),
    ...(share === undefined ? {} : { share: shareFromDoc(share) }),
    billedAmount: decimal(line.billedAmount),
    exactAmount: decimal(line.exactAmount),
    amount: { currencyCode, minorUnits: BigInt(minorUnits) },
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterId: usage.meterId as MeterId,
            profile: usage.profile,
            eventCount: bigintOf(usage.eventCount),
            ...versionsOf(usage),
          },
        }),
  };
}

function shareToDoc({ from, until }: CycleShare): NonNullable<LineDoc['share']> {
  const long = (value: bigint) => Long.fromBigInt(value);
  return [long(from.part), long(from.whole), long(until.part), long(until.whole)];
}

function shareFromDoc([start, startOf, end, endOf]: NonNullable<LineDoc['share']>): CycleShare {
  return {
    from: { part: bigintOf(start), whole: bigintOf(startOf) },
    until: { part: bigintOf(end), whole: bigintOf(endOf) },
  };
}

/** The driver gives a Long back as a number where it fits one exactly. */
function bigintOf(value: Long): bigint {
  return BigInt(value.toString());
}

type Versions = Pick<NonNullable<LineDoc['usage']>, 'profileVersion' | 'groupVersion'>;

function versionsOf({ profileVersion, groupVersion }: Versions): Versions {
  return {
    ...(profileVersion === undefined ? {} : { profileVersion }),
    ...(groupVersion === undefined ? {} : { groupVersion }),
  };
}

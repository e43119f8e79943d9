import { assert } from '@billingrails/errors';
import type {
  AccountId,
  BillingPeriodId,
  FeeId,
  InvoiceId,
  LineId,
  MeterId,
  OrganisationId,
  SubscriptionId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import {
  corrupt,
  readStep,
  writeStep,
  type GroupValue,
  type PlainStep,
} from '@billingrails/rating';
import { Long } from 'mongodb';
import type { Invoice, InvoiceLine } from '../domain/invoice';

/** An invoice as it lies in MongoDB. Decimals and minor units are text, which keeps every digit. */
export interface InvoiceDoc {
  _id: string;
  organisationId: string;
  accountId: string;
  accountName: string;
  subscriptionId: string;
  planName: string;
  billingPeriodId: string;
  startMs: number;
  endMs: number;
  /** Unset in invoices from before it was kept: UTC. */
  timeZone?: string;
  currencyCode: string;
  lines: LineDoc[];
  totalMinorUnits: string;
  issueMs: number;
  status: Invoice['status'];
  /** Its place among the organisation's numbers. Infinity for a draft: newer than every number, so listed first. */
  sequence: number;
  /** Unset for a draft. */
  number?: string;
  finalizeMs?: number;
}

interface LineDoc {
  id: string;
  feeId: string;
  description: string;
  quantity: string;
  unit: string;
  exactAmount: string;
  minorUnits: string;
  steps: PlainStep[];
  group?: GroupValue[] | 'other';
  usage?: {
    meterId: string;
    profile: string;
    startMs: number;
    endMs: number;
    eventCount: Long;
    /** Unset in lines from before they were kept. */
    profileVersion?: number;
    groupVersion?: number;
  };
}

export function invoiceToDoc(invoice: Invoice, sequence: number): InvoiceDoc {
  return {
    _id: invoice.id,
    organisationId: invoice.organisationId,
    accountId: invoice.accountId,
    accountName: invoice.accountName,
    subscriptionId: invoice.subscriptionId,
    planName: invoice.planName,
    billingPeriodId: invoice.billingPeriodId,
    startMs: invoice.period.startMs,
    endMs: invoice.period.endMs,
    timeZone: invoice.timeZone,
    currencyCode: invoice.total.currencyCode,
    lines: invoice.lines.map(lineToDoc),
    totalMinorUnits: invoice.total.minorUnits.toString(),
    issueMs: invoice.issueMs,
    status: invoice.status,
    sequence,
    ...(invoice.status === 'finalized'
      ? { number: invoice.number, finalizeMs: invoice.finalizeMs }
      : {}),
  };
}

export function invoiceFromDoc(doc: InvoiceDoc): Invoice {
  const { currencyCode, number, finalizeMs } = doc;
  const common = {
    id: doc._id as InvoiceId,
    organisationId: doc.organisationId as OrganisationId,
    accountId: doc.accountId as AccountId,
    accountName: doc.accountName,
    subscriptionId: doc.subscriptionId as SubscriptionId,
    planName: doc.planName,
    billingPeriodId: doc.billingPeriodId as BillingPeriodId,
    period: { startMs: doc.startMs, endMs: doc.endMs },
    timeZone: doc.timeZone ?? 'UTC',
    lines: doc.lines.map((line) => lineFromDoc(line, currencyCode)),
    total: { currencyCode, minorUnits: BigInt(doc.totalMinorUnits) },
    issueMs: doc.issueMs,
  };
  if (doc.status === 'draft') return { ...common, status: 'draft' };
  assert(number !== undefined && finalizeMs !== undefined, 'a finalized invoice is numbered');
  return { ...common, status: 'finalized', number, finalizeMs };
}

function lineToDoc({ group, usage, ...line }: InvoiceLine): LineDoc {
  return {
    id: line.id,
    feeId: line.feeId,
    description: line.description,
    quantity: decimalText(line.quantity),
    unit: line.unit,
    exactAmount: decimalText(line.exactAmount),
    minorUnits: line.amount.minorUnits.toString(),
    steps: line.steps.map(writeStep),
    ...(group === undefined ? {} : { group: group === 'other' ? group : [...group] }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterId: usage.meterId,
            profile: usage.profile,
            ...usage.period,
            eventCount: Long.fromBigInt(usage.eventCount),
            ...versionsOf(usage),
          },
        }),
  };
}

function lineFromDoc({ group, usage, ...line }: LineDoc, currencyCode: string): InvoiceLine {
  return {
    id: line.id as LineId,
    feeId: line.feeId as FeeId,
    description: line.description,
    quantity: decimal(line.quantity),
    unit: line.unit,
    exactAmount: decimal(line.exactAmount),
    amount: { currencyCode, minorUnits: BigInt(line.minorUnits) },
    steps: line.steps.map((step, index) => readStep(step, `steps[${index}]`, corrupt)),
    ...(group === undefined ? {} : { group }),
    ...(usage === undefined
      ? {}
      : {
          usage: {
            meterId: usage.meterId as MeterId,
            profile: usage.profile,
            period: { startMs: usage.startMs, endMs: usage.endMs },
            // The driver gives a Long back as a number where it fits one exactly.
            eventCount: BigInt(usage.eventCount.toString()),
            ...versionsOf(usage),
          },
        }),
  };
}

type Versions = Pick<NonNullable<LineDoc['usage']>, 'profileVersion' | 'groupVersion'>;

function versionsOf({ profileVersion, groupVersion }: Versions): Versions {
  return {
    ...(profileVersion === undefined ? {} : { profileVersion }),
    ...(groupVersion === undefined ? {} : { groupVersion }),
  };
}

import { fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import type {
  ChargeGroupSchema,
  CycleShareSchema,
} from '@billingrails/contracts/billingrails/common/v1/line_pb';
import {
  InvoiceStatus,
  type InvoiceHoldSchema,
  type InvoiceLineSchema,
  type InvoiceSchema,
  type InvoiceSectionSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { PeriodSchema } from '@billingrails/contracts/billingrails/common/v1/period_pb';
import { decimalText } from '@billingrails/money';
import { writeStep, type CycleShare, type Group } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import { brandingToProto } from '../../branding/contract/branding';
import { moneyToProto } from '../../contract/money';
import { receivableToProto } from '../../receivables/contract/receivable';
import type { Receivable } from '../../receivables/domain/receivable';
import {
  amountDueOf,
  creditsAppliedOf,
  linesOf,
  productTotalsOf,
  periodOf,
  type Invoice,
  type InvoiceLine,
  type InvoiceSection,
} from '../domain/invoice';
import type { AssessedLine } from '../../totals/domain/assessment';
import { assessmentToProto, assessedLineToProto } from '../../totals/contract/totals';
import type { InvoiceHold } from '../domain/invoice-terms';
import { kindToProto, reasonToProto } from './line-enums';

/** All lines, in their order. */
export function invoiceLinesToProto(
  invoice: Invoice,
): MessageInitShape<typeof InvoiceLineSchema>[] {
  return linesOf(invoice).map((line, place) => lineToProto(line, invoice.assessment?.lines[place]));
}

/** `receivable` is that of a finalized invoice, `nowMs` the organisation's present. */
export function invoiceToProto(
  invoice: Invoice,
  receivable: Receivable | undefined,
  nowMs: number,
  { omitLines = false }: { readonly omitLines?: boolean } = {},
): MessageInitShape<typeof InvoiceSchema> {
  const { branding, ...terms } = invoice.terms;
  return {
    id: invoice.id,
    accountId: invoice.accountId,
    accountName: invoice.accountName,
    ...onlySectionToProto(invoice),
    period: periodToProto(periodOf(invoice)),
    timeZone: invoice.sections[0]?.timeZone ?? '',
    sections: invoice.sections.map(sectionToProto),
    lines: omitLines ? [] : invoiceLinesToProto(invoice),
    total: moneyToProto(invoice.total),
    credits: invoice.credits.map((credit) => ({ ...credit, amount: moneyToProto(credit.amount) })),
    creditsApplied: moneyToProto(creditsAppliedOf(invoice)),
    amountDue: moneyToProto(amountDueOf(invoice)),
    ...assessmentToProto(invoice),
    productTotals: productTotalsOf(invoice).map(({ product, amount }) => ({
      ...{ productId: product.id, productName: product.name },
      amount: moneyToProto(amount),
    })),
    isTest: invoice.isTest ?? false,
    issueTime: toTimestamp(invoice.issueMs),
    ...(invoice.createMs === undefined ? {} : { createTime: toTimestamp(invoice.createMs) }),
    ...terms,
    customFields: terms.customFields.map(({ name, value }) => ({ name, value })),
    ...(terms.bankAccount && { bankAccount: { ...terms.bankAccount } }),
    ...(branding && { branding: brandingToProto(branding) }),
    replacesInvoiceId: invoice.replacesInvoiceId ?? '',
    ...(invoice.status === 'draft'
      ? { status: InvoiceStatus.DRAFT, ...(invoice.hold && { hold: holdToProto(invoice.hold) }) }
      : {
          status: InvoiceStatus.FINALIZED,
          number: invoice.number,
          finalizeTime: toTimestamp(invoice.finalizeMs),
          balanceApplied: moneyToProto(invoice.balanceApplied),
          ...(receivable && { receivable: receivableToProto(receivable, nowMs) }),
        }),
  };
}

function holdToProto(hold: InvoiceHold): MessageInitShape<typeof InvoiceHoldSchema> {
  switch (hold.kind) {
    case 'grace':
      return { until: { case: 'finalizeAfterTime', value: toTimestamp(hold.untilMs) } };
    case 'approval':
      return { until: { case: 'approval', value: true } };
  }
}

/** What a section says that an invoice of one says by itself, too. */
function onlySectionToProto({ sections: [section, ...others] }: Invoice) {
  if (section === undefined || others.length > 0) return {};
  const { subscriptionId = '', planName, billId = '' } = section;
  return { subscriptionId, planName, billId };
}

function sectionToProto(section: InvoiceSection): MessageInitShape<typeof InvoiceSectionSchema> {
  const { accountId, accountName, subscriptionId = '', planName, billId = '', timeZone } = section;
  return {
    ...{ accountId, accountName, subscriptionId, planName, billId, timeZone },
    period: periodToProto(section.period),
    lineCount: section.lines.length,
    total: moneyToProto(section.total),
  };
}

/** Undefined for unspecified: any. */
export function statusFromProto(status: InvoiceStatus): Invoice['status'] | undefined {
  switch (status) {
    case InvoiceStatus.UNSPECIFIED:
      return undefined;
    case InvoiceStatus.DRAFT:
      return 'draft';
    case InvoiceStatus.FINALIZED:
      return 'finalized';
  }
}

/** A line, with its parts of discounts and taxes. */
export function lineToProto(
  line: InvoiceLine,
  assessed: AssessedLine | undefined,
): MessageInitShape<typeof InvoiceLineSchema> {
  const { group, usage, share } = line;
  return {
    id: line.id,
    chargeId: line.chargeId,
    kind: kindToProto(line.kind),
    reason: reasonToProto(line.reason),
    feeId: line.feeId ?? '',
    planId: line.planId ?? '',
    productId: line.product?.id ?? '',
    productName: line.product?.name ?? '',
    description: line.description,
    period: periodToProto(line.period),
    quantity: decimalText(line.quantity),
    unit: line.unit,
    steps: line.steps.map(writeStep),
    ...(share === undefined ? {} : { share: shareToProto(share) }),
    credited: line.credited,
    billedAmount: decimalText(line.billedAmount),
    exactAmount: decimalText(line.exactAmount),
    amount: moneyToProto(line.amount),
    ...assessedLineToProto(line.amount, assessed),
    correctsBillId: line.correctsBillId ?? '',
    ...line.credit,
    ...(group === undefined ? {} : { group: groupToProto(group, usage?.groupVersion ?? 0) }),
    ...(usage === undefined
      ? {}
      : {
          meterProfile: { meterId: usage.meterId, profile: usage.profile },
          eventCount: usage.eventCount,
          profileVersion: usage.profileVersion ?? 0,
        }),
  };
}

function shareToProto({ from, until }: CycleShare): MessageInitShape<typeof CycleShareSchema> {
  return { start: from.part, startOf: from.whole, end: until.part, endOf: until.whole };
}

function groupToProto(
  group: Group,
  profileVersion: number,
): MessageInitShape<typeof ChargeGroupSchema> {
  return group === 'other'
    ? { other: true }
    : { values: group.map((value) => fromJson(ValueSchema, value)), profileVersion };
}

function periodToProto({ startMs, endMs }: Period): MessageInitShape<typeof PeriodSchema> {
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs) };
}

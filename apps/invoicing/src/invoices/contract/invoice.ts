import { fromJson, type MessageInitShape } from '@bufbuild/protobuf';
import { ValueSchema } from '@bufbuild/protobuf/wkt';
import type { ChargeGroupSchema } from '@billingrails/contracts/billingrails/billing/v1/billing_period_pb';
import {
  InvoiceStatus,
  type InvoiceLineSchema,
  type InvoiceSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { MoneySchema } from '@billingrails/contracts/billingrails/common/v1/money_pb';
import type { PeriodSchema } from '@billingrails/contracts/billingrails/common/v1/period_pb';
import { decimalText, moneyText, type Money } from '@billingrails/money';
import { writeStep, type Group } from '@billingrails/rating';
import { toTimestamp } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import type { Invoice, InvoiceLine } from '../domain/invoice';

export function invoiceToProto(invoice: Invoice): MessageInitShape<typeof InvoiceSchema> {
  return {
    id: invoice.id,
    accountId: invoice.accountId,
    accountName: invoice.accountName,
    subscriptionId: invoice.subscriptionId,
    planName: invoice.planName,
    billingPeriodId: invoice.billingPeriodId,
    period: periodToProto(invoice.period),
    timeZone: invoice.timeZone,
    lines: invoice.lines.map(lineToProto),
    total: moneyToProto(invoice.total),
    issueTime: toTimestamp(invoice.issueMs),
    ...(invoice.status === 'draft'
      ? { status: InvoiceStatus.DRAFT }
      : {
          status: InvoiceStatus.FINALIZED,
          number: invoice.number,
          finalizeTime: toTimestamp(invoice.finalizeMs),
        }),
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

function lineToProto(line: InvoiceLine): MessageInitShape<typeof InvoiceLineSchema> {
  const { group, usage } = line;
  return {
    id: line.id,
    description: line.description,
    quantity: decimalText(line.quantity),
    unit: line.unit,
    amount: moneyToProto(line.amount),
    exactAmount: decimalText(line.exactAmount),
    steps: line.steps.map(writeStep),
    feeId: line.feeId,
    ...(group === undefined ? {} : { group: groupToProto(group, usage?.groupVersion ?? 0) }),
    ...(usage === undefined
      ? {}
      : {
          meterProfile: { meterId: usage.meterId, profile: usage.profile },
          usagePeriod: periodToProto(usage.period),
          eventCount: usage.eventCount,
          profileVersion: usage.profileVersion ?? 0,
        }),
  };
}

function groupToProto(
  group: Group,
  profileVersion: number,
): MessageInitShape<typeof ChargeGroupSchema> {
  return group === 'other'
    ? { other: true }
    : { values: group.map((value) => fromJson(ValueSchema, value)), profileVersion };
}

function moneyToProto(money: Money): MessageInitShape<typeof MoneySchema> {
  return { currencyCode: money.currencyCode, amount: moneyText(money) };
}

function periodToProto({ startMs, endMs }: Period): MessageInitShape<typeof PeriodSchema> {
  return { startTime: toTimestamp(startMs), endTime: toTimestamp(endMs) };
}

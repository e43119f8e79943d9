import { derivedId, type InvoiceId, type JointId, type OrganisationId } from '@billingrails/ids';
import { sumMoney } from '@billingrails/money';
import { checkPostedBill } from '../../intake/domain/check-posted-bill';
import type { Billed, PostedBill, PostedLine } from '../../intake/domain/posted-bill';
import { checkTogether, type BillsTogether } from '../../intake/domain/together';
import {
  DEFAULT_SETTINGS,
  holdOf,
  type InvoicingSettings,
} from '../../settings/domain/invoicing-settings';
import type { DraftInvoice, InvoiceLine, InvoiceSection } from './invoice';
import { dueDateOf } from './invoice-terms';

/** Makes the invoice of one bill: see `buildJointInvoice`. */
export function buildInvoice(
  bill: PostedBill,
  settings: InvoicingSettings = DEFAULT_SETTINGS,
): DraftInvoice {
  return buildJointInvoice({ bills: [bill] }, settings);
}

/**
 * Makes the invoice of bills that are invoiced together, or of one: a section for each with its lines, in their order;
 * the total is the sum of all amounts. The same bills always give the same invoice. Throws a DomainError naming every
 * fault when a bill's arithmetic does not hold. The settings are those of the account that owes it.
 */
export function buildJointInvoice(
  together: BillsTogether,
  settings: InvoicingSettings = DEFAULT_SETTINGS,
): DraftInvoice {
  const [first] = together.bills;
  for (const bill of together.bills) checkPostedBill(bill);
  checkTogether(together);
  const id = invoiceIdOf(first.organisationId, keyOf(together));
  return invoiceOf(id, together.bills, settings);
}

/** The invoice of what fell due together, with what settings put on it. */
export function invoiceOf(
  id: InvoiceId,
  billed: readonly [Billed, ...Billed[]],
  settings: InvoicingSettings,
): DraftInvoice {
  const [first] = billed;
  const { organisationId, payer, accountId, accountName, currencyCode, dueMs, isTest } = first;
  const sections = billed.map((each) => sectionOf(id, each));
  const { netDays, purchaseOrderNumber, memo, customFields } = settings;
  const { bankAccount, branding, usageByDay } = settings;
  const dueDate = dueDateOf(dueMs, netDays, first.timeZone);
  const hold = holdOf(settings, dueMs);
  return {
    id,
    organisationId,
    accountId: payer?.accountId ?? accountId,
    accountName: payer?.accountName ?? accountName,
    sections,
    total: sumMoney(
      sections.map(({ total }) => total),
      currencyCode,
    ),
    credits: [],
    ...(billed.some(({ buysCredits }) => buysCredits === true) ? { buysCredits: true } : {}),
    issueMs: dueMs,
    terms: {
      ...{ dueDate, netDays, purchaseOrderNumber, memo, customFields },
      ...(bankAccount && { bankAccount }),
      ...(branding && { branding }),
      ...(usageByDay && { usageByDay }),
    },
    ...(hold && { hold }),
    ...(isTest === undefined ? {} : { isTest }),
    status: 'draft',
  };
}

/** What tells the bills of an invoice from those of every other. */
export function keyOf({
  jointId,
  bills: [{ billId }],
}: BillsTogether): JointId | PostedBill['billId'] {
  return jointId ?? billId;
}

/** The id of the invoice of a bill, or of bills together. */
export function invoiceIdOf(
  organisationId: OrganisationId,
  key: JointId | PostedBill['billId'],
): InvoiceId {
  return derivedId('inv', organisationId, key);
}

function sectionOf(invoiceId: InvoiceId, bill: Billed): InvoiceSection {
  const { accountId, accountName, subscriptionId, planName, billId, period, timeZone } = bill;
  const lines = bill.lines.map((line) => invoiceLine(invoiceId, line, bill.currencyCode));
  const amounts = lines.map((line) => line.amount);
  return {
    ...{ accountId, accountName, planName, period, timeZone, lines },
    ...(subscriptionId && { subscriptionId }),
    ...(billId && { billId }),
    total: sumMoney(amounts, bill.currencyCode),
  };
}

function invoiceLine(
  invoiceId: InvoiceId,
  { minorUnits, ...line }: PostedLine,
  currencyCode: string,
): InvoiceLine {
  return {
    ...line,
    id: derivedId('line', invoiceId, line.id),
    amount: { currencyCode, minorUnits },
  };
}

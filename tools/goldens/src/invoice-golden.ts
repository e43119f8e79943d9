import { decimalText, moneyText } from '@billingrails/money';
import type { RatedStep } from '@billingrails/rating';
import { assert } from '@billingrails/errors';
import { billPartFromBytes } from '../../../apps/invoicing/src/intake/contract/posted-bill';
import { billsOf } from '../../../apps/invoicing/src/intake/domain/bill-part';
import { buildJointInvoice } from '../../../apps/invoicing/src/invoices/domain/build-invoice';
import {
  linesOf,
  periodOf,
  type DraftInvoice,
  type InvoiceLine,
} from '../../../apps/invoicing/src/invoices/domain/invoice';
import { stepText as pageText } from '../../../apps/invoicing/src/rendering/views/step-views';
import { WORDS } from '../../../apps/invoicing/src/rendering/words';
import type { GoldenInvoice } from './golden';

/** The invoice that invoicing makes of billing's messages. */
export function invoiceOf(messages: readonly Uint8Array[]): DraftInvoice {
  const bills = billsOf(messages.map(billPartFromBytes));
  assert(bills !== undefined, 'all parts of the bill are there');
  return buildJointInvoice(bills);
}

/** What a golden records of it. */
export function recordedInvoice(invoice: DraftInvoice): GoldenInvoice {
  const { total } = invoice;
  const [period, lines] = [periodOf(invoice), linesOf(invoice)];
  return {
    period: [isoText(period.startMs), isoText(period.endMs)],
    lines: lines.map(recordedLine),
    total: `${moneyText(total)} ${total.currencyCode}`,
  };
}

function recordedLine(line: InvoiceLine): GoldenInvoice['lines'][number] {
  return {
    description: line.description,
    quantity: decimalText(line.quantity),
    unit: line.unit,
    ...(line.group === undefined ? {} : { group: line.group }),
    ...(line.usage === undefined ? {} : { events: Number(line.usage.eventCount) }),
    steps: line.steps.map((step) => stepText(step, line.amount.currencyCode)),
    exact_amount: decimalText(line.exactAmount),
    amount: moneyText(line.amount),
  };
}

function stepText(step: RatedStep, currencyCode: string): string {
  const [quantity, amount] = [decimalText(step.quantity), decimalText(step.amount)];
  switch (step.kind) {
    case 'flat':
      return amount;
    case 'units':
      return `${quantity} × ${decimalText(step.unitAmount)} + 0 = ${amount}`;
    case 'tier':
      return `${quantity} × ${decimalText(step.unitAmount)} + ${decimalText(step.flatAmount)} = ${amount}`;
    // Written down before there were other kinds; these read as on the page.
    default: {
      const { label, calculation } = pageText(step, currencyCode, WORDS.en);
      return `${label === '' ? '' : `${label}: `}${calculation} = ${amount}`;
    }
  }
}

function isoText(instantMs: number): string {
  return new Date(instantMs).toISOString();
}

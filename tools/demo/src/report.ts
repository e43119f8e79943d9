import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Invoice } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import Table from 'cli-table3';
import type { BillFigure } from './changes';
import type { CreditsFigure } from './credits';
import type { MoneyFigure } from './money';
import type { TaxedFigure } from './taxes';
import type { Clients } from '@billingrails/stack/clients';
import type { UnbilledFigure, UsageFigure } from './collect';
import { printLimits, type LimitFigure } from './limits';

/** No line between rows. */
const compact = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/**
 * What `--json` prints: quantities and amounts are exact decimal strings, `seconds` from first event sent to all
 * counted.
 */
export interface DemoResult {
  readonly events: number;
  readonly seconds: number;
  readonly usage: readonly UsageFigure[];
  readonly invoices: readonly InvoiceFigure[];
  readonly unbilled: readonly UnbilledFigure[];
  readonly limits: readonly LimitFigure[];
}

export interface InvoiceFigure {
  readonly number: string;
  readonly account: string;
  readonly currency: string;
  readonly total: string;
  readonly lines: readonly { description: string; quantity: string; amount: string }[];
  /** Where it lies as a page, and as a PDF. */
  readonly page: string;
  readonly pdf: string;
}

/** An invoice in short. */
function invoiceFigure(invoice: Invoice): Omit<InvoiceFigure, 'page' | 'pdf'> {
  return {
    number: invoice.number,
    account: invoice.accountId,
    currency: invoice.total?.currencyCode ?? '',
    total: invoice.total?.amount ?? '',
    lines: invoice.lines.map(({ description, quantity, amount }) => ({
      description,
      quantity,
      amount: amount?.amount ?? '',
    })),
  };
}

/** Writes each invoice as a page and as a PDF into `folder`, and says them in short. */
export async function writeInvoices(
  clients: Clients,
  invoices: readonly Invoice[],
  folder: string,
): Promise<InvoiceFigure[]> {
  mkdirSync(folder, { recursive: true });
  const figures: InvoiceFigure[] = [];
  for (const invoice of invoices) {
    const { id: invoiceId, number } = invoice;
    const { html } = await clients.invoices.renderInvoice({ invoiceId });
    const page = join(folder, `${number}.html`);
    writeFileSync(page, html);
    const parts: Uint8Array[] = [];
    for await (const { content } of clients.invoices.renderInvoicePdf({ invoiceId }))
      parts.push(content);
    const pdf = join(folder, `${number}.pdf`);
    writeFileSync(pdf, Buffer.concat(parts));
    figures.push({ ...invoiceFigure(invoice), page, pdf });
  }
  return figures;
}

/** The tables for people. */
export function printTables(result: DemoResult): void {
  const usage = new Table({
    head: ['Account', 'Meter', 'Profile', 'Usage'],
    colAligns: ['left', 'left', 'left', 'right'],
    style: { head: [], border: [] },
    chars: compact,
  });
  for (const { account, meter, profile, value } of result.usage) {
    usage.push([account, meter, profile, value || '–']);
  }
  console.log(
    `\n${result.events} events, counted ${result.seconds} s after the first was sent\n${usage}`,
  );
  for (const invoice of result.invoices) {
    const lines = new Table({
      head: ['Line', 'Quantity', `Amount ${invoice.currency}`],
      colAligns: ['left', 'right', 'right'],
      style: { head: [], border: [] },
      chars: compact,
    });
    lines.push(
      ...invoice.lines.map(({ description, quantity, amount }) => [description, quantity, amount]),
      ['Total', '', invoice.total],
    );
    const { number, account, page, pdf } = invoice;
    console.log(`\n${number}  ${account}\n${lines}\n${page}\n${pdf}`);
  }
  if (result.unbilled.length > 0) console.log(unbilledText(result.unbilled));
  printLimits(result.limits);
}

/** The bills of a customer whose plan changes. */
export function printChanges(bills: readonly BillFigure[]): void {
  console.log('\nA customer whose plan changes, and whose events arrive late');
  for (const { name, date, total, lines } of bills) {
    const table = new Table({
      head: ['Line', 'Why', 'Amount USD'],
      colAligns: ['left', 'left', 'right'],
      style: { head: [], border: [] },
      chars: compact,
    });
    table.push(...lines.map(({ description, why, amount }) => [description, why, amount]), [
      'Total',
      '',
      total,
    ]);
    console.log(`\n${name}  ${date}\n${table}`);
  }
}

/** Invoices with what is let off and taxed. */
export function printTaxes(invoices: readonly TaxedFigure[]): void {
  console.log(
    '\nCustomers of a seller in Berlin: a coupon, two rates of tax, and a reverse charge',
  );
  for (const { number, account, rows, xml, pdf } of invoices) {
    const table = new Table({
      head: ['What', 'Amount EUR'],
      colAligns: ['left', 'right'],
      style: { head: [], border: [] },
      chars: compact,
    });
    table.push(...rows.map(({ what, amount }) => [what, amount]));
    console.log(`\n${number}  ${account}\n${table}\n${xml}\n${pdf}`);
  }
}

/** A prepaid balance as usage burns it down, and its ledger. */
export function printCredits({ balances, entries }: CreditsFigure): void {
  const style = { style: { head: [], border: [] }, chars: compact };
  const balance = new Table({
    head: ['At', 'Used', 'Available', 'Overage'],
    colAligns: ['left', 'right', 'right', 'right'],
    ...style,
  });
  balance.push(
    ...balances.map(({ time, used, available, overage }) => [time, used, available, overage]),
  );
  const ledger = new Table({
    head: ['Day', 'Entry', 'Amount', 'Balance'],
    colAligns: ['left', 'left', 'right', 'right'],
    ...style,
  });
  ledger.push(...entries.map(({ day, what, amount, balance: left }) => [day, what, amount, left]));
  console.log(`\nPrepaid minutes burning down (CreditService.GetCreditBalance)\n${balance}`);
  console.log(`\nTheir ledger, posted by day (CreditService.ListCreditEntries)\n${ledger}`);
}

/** An invoice that credits pay a part of. */
export function printMoney({ lines, total, creditsApplied, amountDue, left }: MoneyFigure): void {
  const style = { style: { head: [], border: [] }, chars: compact };
  const sums = new Table({ head: ['Invoice', 'USD'], colAligns: ['left', 'right'], ...style });
  sums.push(
    ...lines.map(({ what, amount }) => [what, amount]),
    ...[
      ['total', total],
      ['credits_applied', creditsApplied],
      ['amount_due', amountDue],
    ],
  );
  const remaining = left.map(({ memo, remaining: of }) => `${memo} ${of}`).join(', ');
  console.log(
    `\nA gift off the bill, and a prepaid balance that pays a part of the invoice\n${sums}`,
  );
  console.log(`Left: ${remaining}`);
}

/** Who is used and not billed, with whom they were probably meant to be. */
function unbilledText(unbilled: readonly UnbilledFigure[]): string {
  const table = new Table({
    head: ['Account', 'Events', 'Usage', 'Why', 'Looks like'],
    colAligns: ['left', 'right', 'left', 'left', 'left'],
    style: { head: [], border: [] },
    chars: compact,
  });
  for (const { account, events, usage, reason, near } of unbilled) {
    const used = usage.map(({ meter, value }) => `${meter} ${value || '–'}`).join(', ');
    table.push([account, events, used, reason, near.join(', ')]);
  }
  return `\nUsed, and nobody is billed for it (AccountService.ListUnbilledAccounts)\n${table}`;
}

import Table from 'cli-table3';
import type { BillFigure } from './changes';
import type { CreditsFigure } from './credits';
import type { MoneyFigure } from './money';
import type { TaxedFigure } from './taxes/play-taxes';
import type { UnbilledFigure, UsageFigure } from './collect';
import type { ExportFigure } from './invoices/write-exports';
import type { InvoiceFigure } from './invoices/write-invoices';
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
      head: ['Line', 'Events', 'Quantity', `Amount ${invoice.currency}`],
      colAligns: ['left', 'right', 'right', 'right'],
      style: { head: [], border: [] },
      chars: compact,
    });
    lines.push(
      ...invoice.lines.map(({ description, events = '', quantity, amount }) => {
        return [description, events, quantity, amount];
      }),
      ['Total', '', '', invoice.total],
    );
    const { number, account, page, pdf } = invoice;
    console.log(`\n${number}  ${account}\n${lines}\n${page}\n${pdf}`);
  }
  if (result.unbilled.length > 0) console.log(unbilledText(result.unbilled));
  printLimits(result.limits);
}

/** The bills of a customer, beneath what befell it. */
export function printBills(title: string, bills: readonly BillFigure[]): void {
  console.log(`\n${title}`);
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
  for (const { number, account, rows, xml, pdf, isOneOff, credited } of invoices) {
    const table = new Table({
      head: ['What', 'Amount EUR'],
      colAligns: ['left', 'right'],
      style: { head: [], border: [] },
      chars: compact,
    });
    table.push(...rows.map(({ what, amount }) => [what, amount]));
    const how = isOneOff ? ', by hand (InvoiceService.CreateInvoice)' : '';
    console.log(`\n${number}  ${account}${how}\n${table}\n${xml}\n${pdf}`);
    if (credited === undefined) continue;
    console.log(
      `\n${credited.number}  takes back ${credited.total} EUR of it\n${credited.pdf}\n${credited.statement}`,
    );
  }
}

/** The files that were exported. */
export function printExports(files: readonly ExportFigure[]): void {
  console.log('\nFiles for bookkeeping and cost tools (ExportService.Export)');
  for (const { what, rows, path } of files) console.log(`${what}, ${rows} rows: ${path}`);
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
export function printMoney(figure: MoneyFigure): void {
  const { lines, total, creditsApplied, amountDue, topUp, left } = figure;
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
  console.log(
    `${topUp.available} were left, so ${topUp.amount} were bought (TopUpService): ${topUp.states[0]}, ` +
      `and with the invoice of ${topUp.amountDue} paid ${topUp.states[1]}`,
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

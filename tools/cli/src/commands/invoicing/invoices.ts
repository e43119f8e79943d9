import { closeSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import type { Command } from 'commander';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { say } from '../../io';
import type { Context } from '../../context';
import type { JsonObject } from '../../rpc/connection';
import { callCommand, group, type FieldOption } from '../define';
import { explain } from './explain';
import { LINE_COLUMNS } from '../billing/lines';

const INVOICE: FieldOption = ['<invoice>', 'invoice_id', 'inv_…'];

export function invoices(): Command {
  const { method } = InvoiceService;
  return group(
    'invoices',
    'What accounts owe.',
    callCommand({
      name: 'list',
      summary: 'Lists invoices, newest first.',
      method: method.listInvoices,
      options: [
        ['--account <account>', 'account_id', 'only those that it owes'],
        ['--status <status>', 'status', 'only these'],
        ['--payment-status <status>', 'payment_status', 'only these'],
        ['--overdue', 'overdue', 'only what is overdue'],
      ],
      fixed: { omit_lines: true },
      shows: 'invoices',
      columns: [
        ...['id', 'number', 'status', 'account_id', 'issue_time', 'total', 'amount_due'],
        'PAYMENT=receivable.payment_status',
      ],
      examples: ['invoices list', 'invoices list --overdue --all --csv'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one invoice with its lines.',
      method: method.getInvoice,
      arguments: [INVOICE],
      shows: 'invoice',
      examples: ['invoices show inv_01J…', 'invoices show inv_01J… --json'],
    }),
    callCommand({
      name: 'lines',
      summary: 'Lists the lines of an invoice.',
      method: method.listInvoiceLines,
      arguments: [INVOICE],
      shows: 'lines',
      columns: ['id', ...LINE_COLUMNS],
      examples: ['invoices lines inv_01J… --all --csv'],
    }),
    explain(),
    pdf(),
    callCommand({
      name: 'create',
      summary: 'Makes an invoice of lines written by hand, without a subscription.',
      method: method.createInvoice,
      arguments: [['<account>', 'account_id', 'who owes it']],
      options: [
        ['--currency <code>', 'currency_code', 'of all amounts, such as EUR'],
        ['--time-zone <zone>', 'time_zone', 'that its days are shown in; left out: UTC'],
        ['--due <date>', 'due_date', 'the last day for payment; left out: as settings say'],
        ['--memo <text>', 'memo', 'what stands on it for its reader'],
        ['--draft', 'needs_approval', 'stays a draft until it is finalized'],
      ],
      takesData: true,
      shows: 'invoice',
      examples: [
        `invoices create acct_67890 --currency EUR --data '{"lines":[{"description":"Workshop","quantity":"2","unit_amount":"450.00"}]}'`,
        'invoices create acct_67890 --currency EUR --draft --data @lines.json',
      ],
    }),
    callCommand({
      name: 'finalize',
      summary: 'Finalizes a draft at once: it gets the next number.',
      method: method.finalizeInvoice,
      arguments: [INVOICE],
      shows: 'invoice',
      examples: ['invoices finalize inv_01J…'],
    }),
    callCommand({
      name: 'void',
      summary: 'Makes a finalized invoice void; its number stays.',
      method: method.voidInvoice,
      arguments: [INVOICE],
      options: [
        ['--reason <text>', 'reason', 'why'],
        ['--reissue', 'reissue', 'makes a draft in its place'],
      ],
      examples: ['invoices void inv_01J… --reason "Sent to the wrong customer"'],
    }),
  );
}

function pdf(): Command {
  const { renderInvoicePdf } = InvoiceService.method;
  const command: Command = callCommand({
    name: 'pdf',
    summary: 'Writes an invoice as a PDF document.',
    method: renderInvoicePdf,
    arguments: [INVOICE],
    options: [['--language <tag>', 'language', 'en, de, fr, es or ja']],
    instead: async (context, request) => {
      const { file } = command.opts<{ file?: string }>();
      await writeParts(context, request, file ?? `${command.args[0]}.pdf`);
      return true;
    },
    examples: ['invoices pdf inv_01J…', 'invoices pdf inv_01J… --language de --file rechnung.pdf'],
  });
  return command.option('--file <file>', 'where to; - for stdout; left out: INVOICE.pdf');
}

/** The file is there when it is whole, and not before. */
async function writeParts(context: Context, request: JsonObject, file: string): Promise<void> {
  const parts = context.connection.stream(InvoiceService.method.renderInvoicePdf, request);
  const toStdout = file === '-';
  const begun = `${file}.part`;
  const target = toStdout ? 1 : openSync(begun, 'w');
  try {
    for await (const { content } of parts) {
      writeSync(target, Buffer.from(String(content), 'base64'));
    }
  } catch (error) {
    if (!toStdout) rmSync(begun);
    throw error;
  } finally {
    if (!toStdout) closeSync(target);
  }
  if (toStdout) return;
  renameSync(begun, file);
  say(`${file} is written.`);
}

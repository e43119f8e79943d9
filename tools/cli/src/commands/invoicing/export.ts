import { createHash } from 'node:crypto';
import { Argument, Option, type Command } from 'commander';
import type { DescMethod } from '@bufbuild/protobuf';
import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import {
  ExportDatasetSchema,
  ExportService,
} from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { addTargetOptions, collected, withContext, type Context } from '../../context';
import { CliError } from '../../exit-codes';
import { runExport } from '../../export/run-export';
import { FileTarget, StdoutTarget } from '../../export/target';
import { say } from '../../io';
import { startProgress } from '../../output/progress';
import type { JsonObject } from '../../rpc/connection';
import { Patience } from '../../rpc/patience';
import { putField } from '../../rpc/request';
import type { TargetOptions } from '../../settings/target';
import { leaf, wordsOf } from '../define';

interface ExportOptions extends TargetOptions {
  readonly file: string;
  readonly format?: 'csv' | 'ndjson';
  readonly from?: string;
  readonly to?: string;
  readonly account?: string;
  readonly paymentStatus?: readonly string[];
  readonly unit?: string;
  readonly includeTest?: boolean;
}

/** "invoice-lines" is EXPORT_DATASET_INVOICE_LINES. */
const DATASETS = ExportDatasetSchema.values
  .slice(1)
  .map(({ localName }) => localName.toLowerCase().replaceAll('_', '-'));
const LEDGER = 'credit-entries';

/** Writes files for bookkeeping, spreadsheets and cost tools. */
export function exportFile(): Command {
  const command = addTargetOptions(
    leaf(
      'export',
      'Writes a file for bookkeeping, spreadsheets and cost tools: CSV, or JSON a line each. A file is there when it is ' +
        'whole. One that was interrupted goes on where it was when the same command is run again; a platform that is away is ' +
        'waited for.',
      [
        'export invoices --from 2026-01 --to 2026-02 --file invoices.csv',
        'export focus-costs --file costs.ndjson',
        'export payments --account acct_67890 | head',
        'export credit-entries --unit cun_01J… --format ndjson',
      ],
    )
      .addArgument(new Argument('<dataset>', 'what').choices([...DATASETS, LEDGER]))
      .option('--file <file>', 'where to; - for stdout', '-')
      .addOption(
        new Option('--format <format>', 'left out: as the file is called, else CSV').choices([
          'csv',
          'ndjson',
        ]),
      )
      .option('--from <time>', 'what was issued, received or posted then or later')
      .option('--to <time>', 'and before then')
      .option('--account <account>', 'only what it owes, or paid')
      .option('--payment-status <status>', 'only such invoices; may be repeated', collected)
      .option('--unit <unit>', `of ${LEDGER}: only those of this unit, cun_…`)
      .option('--include-test', 'what is of test accounts, too'),
  );
  return command.action(async () => {
    const options = command.opts<ExportOptions>();
    const [dataset = ''] = wordsOf(command);
    await withContext(options, (context) => write(context, dataset, options));
  });
}

async function write(context: Context, dataset: string, options: ExportOptions): Promise<void> {
  const { connection, now } = context;
  const { method, request } = callOf(dataset, options, now);
  const { file } = options;
  const toStdout = file === '-';
  const target = toStdout
    ? new StdoutTarget()
    : new FileTarget(file, fingerprintOf(context, method, request));
  if (target.rows > 0) say(`${file}: goes on after ${target.rows.toLocaleString('en-US')} rows.`);
  const clock = (): number => performance.now();
  const rows = await runExport({
    ...{ connection, method, request, target },
    patience: new Patience(clock, (error) => say(`${error.message} Waiting for it.`)),
    startProgress: (total) => startProgress({ what: dataset, total, things: 'rows' }, clock),
  });
  say(`${toStdout ? dataset : file}: ${rows.toLocaleString('en-US')} rows.`);
}

/** The ledger of credits is billing's, all else is invoicing's. */
function callOf(
  dataset: string,
  options: ExportOptions,
  now: Date,
): { method: DescMethod; request: JsonObject } {
  const isLedger = dataset === LEDGER;
  if (options[isLedger ? 'paymentStatus' : 'unit'] !== undefined) {
    throw new CliError(
      `${dataset} has no ${isLedger ? '--payment-status' : '--unit'}.`,
      'Leave it out: billingrails export --help',
    );
  }
  const method = isLedger ? CreditService.method.exportCreditEntries : ExportService.method.export;
  const request: JsonObject = {
    format: `EXPORT_FORMAT_${(options.format ?? formatOf(options.file)).toUpperCase()}`,
    ...(isLedger
      ? {}
      : { dataset: `EXPORT_DATASET_${dataset.toUpperCase().replaceAll('-', '_')}` }),
  };
  const fields = [
    ['start_time', options.from],
    ['end_time', options.to],
    ['account_id', options.account],
    ['payment_statuses', options.paymentStatus],
    ['credit_unit_id', options.unit],
    ['include_test', options.includeTest],
  ] as const;
  for (const [path, value] of fields) {
    if (value !== undefined) putField(method.input, request, path, value, now);
  }
  return { method, request };
}

function formatOf(file: string): 'csv' | 'ndjson' {
  return /\.(nd)?jsonl?$/i.test(file) ? 'ndjson' : 'csv';
}

/** Of all that the content follows from: the platform, whose key it is, and what is asked for. */
function fingerprintOf({ connection }: Context, method: DescMethod, request: JsonObject): string {
  const { url, serviceUrls, key } = connection.target;
  const all = JSON.stringify([url, serviceUrls, key, method.name, request]);
  return createHash('sha256').update(all).digest('hex');
}

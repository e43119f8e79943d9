import type { Command } from 'commander';
import { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import {
  BillService,
  UnbilledDifferenceSchema,
} from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import type { CommonOptions, Context } from '../../context';
import { EXIT } from '../../exit-codes';
import { print, say, styled } from '../../io';
import { renderList, tableText } from '../../output/render';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { monthStart, readTime } from '../../time';
import { acting, leaf } from '../define';

interface ReportOptions extends CommonOptions {
  readonly from?: string;
  readonly to: string;
  readonly account?: string;
}

/** The counts of GetIngestReport that make up what was accepted. */
const PARTS = [
  'counted',
  'unusable',
  'filtered_out',
  'unmatched',
  'voided',
  'quarantined',
] as const;

/** From events to bills: whether everything that was accepted is somewhere, and what no bill shows. */
export function report(): Command {
  const command = leaf(
    'report',
    'Reconciles events with bills: what became of every event that was accepted in a time, which accounts nobody is ' +
      `billed for, and what is not billed as it is owed. Ends with ${EXIT.disagrees} where something does not add up or is owed and not billed.`,
    ['report', 'report --from 2026-01 --to 2026-02', 'report --json'],
  )
    .option('--from <time>', 'when events were accepted; left out: this month, UTC')
    .option('--to <time>', 'the first instant after it', 'now');
  return acting<ReportOptions>(command, async (context, options) => {
    const start_time = wholeMinute(readTime(options.from ?? monthStart(context.now), context.now));
    const end_time = wholeMinute(readTime(options.to, context.now));
    const events = await context.call(StoredEventService.method.getIngestReport, {
      start_time,
      end_time,
    });
    const unbilled = await context.call(AccountService.method.getUnbilledReport, {});
    const differences = await differencesOf(context);
    const missing = missingOf(events);
    const result = { events, events_missing: String(missing), unbilled, differences };
    if (context.format === 'table') showTables(start_time, end_time, result);
    else context.show(result as unknown as JsonObject);
    const isOff = differences.some(
      ({ cause }) => cause !== 'DIFFERENCE_CAUSE_DUE' && cause !== WAITING,
    );
    if (missing !== 0n || isOff) process.exitCode = EXIT.disagrees;
  });
}

/** What the counts are kept by. */
function wholeMinute(time: string): string {
  return time.replace(/:\d{2}(?:\.\d+)?(?=Z$|[+-]\d{2}:\d{2}$)/, ':00');
}

const WAITING = 'DIFFERENCE_CAUSE_WAITING';

async function differencesOf({ connection }: Context): Promise<JsonObject[]> {
  const found: JsonObject[] = [];
  const messages = connection.stream(BillService.method.sweepBills, { scope: {} });
  for await (const { difference } of messages) if (isObject(difference)) found.push(difference);
  return found;
}

/** Accepted less all that it became: 0, or events are lost or counted twice. */
function missingOf(events: JsonObject): bigint {
  const count = (name: string): bigint => BigInt(String(events[`${name}_count`] ?? 0));
  return PARTS.reduce((left, part) => left - count(part), count('accepted'));
}

function showTables(
  start: string,
  end: string,
  {
    events,
    events_missing,
    unbilled,
    differences,
  }: {
    readonly events: JsonObject;
    readonly events_missing: string;
    readonly unbilled: JsonObject;
    readonly differences: readonly JsonObject[];
  },
): void {
  const rows = ['accepted', ...PARTS].map((name) => [
    name.replaceAll('_', ' '),
    String(events[`${name}_count`] ?? 0),
  ]);
  say(`Events accepted from ${start} to ${end}:`);
  print(tableText(undefined, rows));
  print(
    events_missing === '0'
      ? styled('green', 'Accepted events are all accounted for.\n')
      : styled('red', `${events_missing} events are not accounted for.\n`),
  );
  say('\nAccounts with events that nobody is billed for:');
  const totals = Array.isArray(unbilled['unbilled']) ? (unbilled['unbilled'] as JsonObject[]) : [];
  print(
    renderList(totals, 'table', {
      columns: ['reason', 'account_count', 'event_count'],
      message: AccountService.method.getUnbilledReport.output.field['unbilled']?.message,
    }),
  );
  say('\nNot billed as it is owed:');
  print(
    renderList(differences, 'table', {
      columns: ['subscription_id', 'account_id', 'cause', 'due_time', 'bill.total'],
      message: UnbilledDifferenceSchema,
    }),
  );
}

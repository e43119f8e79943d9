import type { Command } from 'commander';
import {
  BillLineSchema,
  BillSchema,
} from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { BillService } from '@billingrails/contracts/billingrails/billing/v1/bill_service_pb';
import { PriceService } from '@billingrails/contracts/billingrails/billing/v1/price_service_pb';
import type { CommonOptions } from '../../context';
import { say } from '../../io';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { callCommand, group } from '../define';
import { LINE_COLUMNS } from './lines';
import { SCOPE } from './scope';
import { showBills } from './show-bills';

const COLUMNS = ['id', 'account_id', 'number', 'plan_id', 'period', 'due_time', 'total'];

export function bills(): Command {
  const { method } = BillService;
  return group(
    'bills',
    'What subscriptions are charged: the difference between what is owed and what was billed.',
    callCommand({
      name: 'list',
      summary: 'Lists bills by subscription and number.',
      method: method.listBills,
      options: [['--subscription <subscription>', 'subscription_id', 'only those of this one']],
      fixed: { omit_lines: true },
      shows: 'bills',
      columns: COLUMNS,
      examples: ['bills list --subscription sub_01J…', 'bills list --all --csv'],
    }),
    callCommand({
      name: 'show',
      summary: 'Shows one bill with its lines.',
      method: method.getBill,
      arguments: [['<bill>', 'bill_id', 'bill_…']],
      shows: 'bill',
      examples: ['bills show bill_01J…', 'bills show bill_01J… --json'],
    }),
    callCommand({
      name: 'lines',
      summary: 'Lists the lines of a bill.',
      method: method.listBillLines,
      arguments: [['<bill>', 'bill_id', 'bill_…']],
      shows: 'lines',
      columns: LINE_COLUMNS,
      examples: ['bills lines bill_01J… --all --csv'],
    }),
    callCommand({
      name: 'preview',
      summary: 'Shows the bill if the running cycle ended now, and the forecast of its end.',
      method: method.previewBill,
      arguments: [['<subscription>', 'subscription_id', 'sub_…']],
      instead: async (context, request) => {
        const answer = await context.call(method.previewBill, request);
        if (context.format !== 'table') context.show(answer);
        else {
          say('So far:');
          showBills(context, { bill: answer['bill'] ?? null }, {});
          if (!isObject(answer['forecast'])) return true;
          say('\nForecast of the whole cycle, not owed:');
          showBills(context, { bill: answer['forecast'] }, {});
        }
        return true;
      },
      examples: ['bills preview sub_01J…'],
    }),
    rerate(),
  );
}

/** Shows what is not billed as it is owed; with --apply bills it. */
function rerate(): Command {
  const { previewReRate, reRate } = PriceService.method;
  const command: Command = callCommand({
    name: 'rerate',
    summary:
      'Rates again what was billed, by what is known now, and shows the bills of the differences. --apply makes them.',
    method: previewReRate,
    options: SCOPE,
    fixed: { scope: {} },
    instead: async (context, request) => {
      const { apply } = command.opts<CommonOptions & { apply?: boolean }>();
      const made: JsonObject[] = [];
      const method = apply ? reRate : previewReRate;
      for await (const { bill } of context.connection.stream(method, request)) {
        if (isObject(bill)) made.push(bill);
      }
      context.showList(made, { message: BillSchema, columns: COLUMNS });
      if (context.format === 'table') {
        for (const { lines, id } of made) {
          say(`\n${String(id)}`);
          context.showList(lines as JsonObject[], {
            message: BillLineSchema,
            columns: LINE_COLUMNS,
          });
        }
      }
      if (!apply && made.length > 0) say('Nothing was billed; --apply bills it.');
      return true;
    },
    examples: [
      'bills rerate --account acct_67890 --from 2026-01',
      'bills rerate --from 2026-01 --apply',
    ],
  });
  return command.option('--apply', 'makes the bills');
}

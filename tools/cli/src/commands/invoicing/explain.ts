import type { Command } from 'commander';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { InvoiceLineSchema } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import {
  ExplainedEventSchema,
  UsageRowSchema,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { objectsIn, type Context } from '../../context';
import { print, say } from '../../io';
import { sparkline } from '../../output/sparkline';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { callCommand } from '../define';

/** A line down to its events; without a line, which lines there are. */
export function explain(): Command {
  const { explainLine } = InvoiceService.method;
  return callCommand({
    name: 'explain',
    summary:
      'Explains a line down to its events: its arithmetic, its usage by day, and every event with what it brought.',
    method: explainLine,
    arguments: [
      ['<invoice>', 'invoice_id', 'inv_…'],
      ['<line>', 'line_id', 'line_…, of `invoices lines`'],
    ],
    options: [['--omit-events', 'omit_events', 'leaves the events out']],
    instead: async (context, request) => {
      if (context.format === 'table') await explainOnTerminal(context, request);
      else await explainForPrograms(context, request);
      return true;
    },
    examples: [
      'invoices explain inv_01J… line_01J…',
      'invoices explain inv_01J… line_01J… --csv > events.csv',
    ],
  });
}

async function explainOnTerminal(context: Context, request: JsonObject): Promise<void> {
  const { explainLine } = InvoiceService.method;
  const days: JsonObject[] = [];
  for await (const part of context.connection.stream(explainLine, request)) {
    const { line, days: someDays, events, result } = part;
    if (isObject(line) && isObject(line['line'])) {
      context.show(line['line'], { message: InvoiceLineSchema });
    }
    if (isObject(someDays)) days.push(...objectsIn(someDays['days']));
    if ((isObject(events) || isObject(result)) && days.length > 0) {
      print(`\nBy day  ${sparkline(days.map(({ value }) => String(value ?? '')))}\n`);
      context.showList(days.splice(0), {
        message: UsageRowSchema,
        columns: ['start_time', 'value', 'event_count'],
      });
      print('\n');
    }
    if (isObject(events)) {
      context.showList(objectsIn(events['events']), {
        message: ExplainedEventSchema,
        columns: ['timestamp', 'idempotency_key', 'value', 'deciding', 'carried'],
      });
    }
    if (isObject(result)) print(`\n${comesTo(result)}\n`);
  }
}

function comesTo({ quantity, event_count: count, agreement }: JsonObject): string {
  if (agreement === 'LINE_AGREEMENT_AGREES') {
    return `${String(count ?? 0)} events come to ${String(quantity)}, as the line says.`;
  }
  return agreement === 'LINE_AGREEMENT_DIFFERS'
    ? `${String(count ?? 0)} events come to ${String(quantity)}, which is not what the line says.`
    : 'Not compared: the line is of several groups.';
}

/** Events as CSV; as JSON and YAML all parts. */
async function explainForPrograms(context: Context, request: JsonObject): Promise<void> {
  const parts: JsonObject[] = [];
  for await (const part of context.connection.stream(InvoiceService.method.explainLine, request)) {
    parts.push(part);
  }
  if (context.format !== 'csv') return context.showList(parts);
  const events = parts.flatMap(({ events: some }) =>
    isObject(some) ? objectsIn(some['events']) : [],
  );
  context.showList(events, {
    message: ExplainedEventSchema,
    columns: ['timestamp', 'idempotency_key', 'value', 'deciding', 'carried'],
  });
  if (events.length === 0) say('The line has no events.');
}

import type { Command } from 'commander';
import { InvoiceService } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_service_pb';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { objectsIn, type CommonOptions, type Context } from '../../context';
import { EXIT } from '../../exit-codes';
import { say, styled } from '../../io';
import type { Json, JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { acting, leaf } from '../define';
import { exactAmountOf, quantityOf, type VerifiedEvent } from './recompute';

/** Recomputes an invoice from what it says and from the events behind it. */
export function verify(): Command {
  const command = leaf(
    'verify',
    'Recomputes an invoice: of every line the quantity from the events behind it, counted here and not by the platform, and the ' +
      `amount from its arithmetic; then the sums. Ends with ${EXIT.disagrees} where something does not come to what the invoice says.`,
    ['verify inv_01J…', 'verify inv_01J… --json'],
  ).argument('<invoice>', 'inv_…');
  return acting<CommonOptions>(command, async (context, _options, [invoice_id = '']) => {
    const invoice = await context.call(InvoiceService.method.getInvoice, {
      invoice_id,
      omit_lines: true,
    });
    const lines = await context.list(
      InvoiceService.method.listInvoiceLines,
      { invoice_id },
      'lines',
    );
    const checks: JsonObject[] = [];
    for (const line of lines) checks.push(...(await checksOf(context, invoice_id, line)));
    if (isObject(invoice['invoice'])) checks.push(...sumsOf(invoice['invoice'], lines));
    context.showList(checks, { columns: ['what', 'of', 'says', 'recomputed', 'result'] });
    const wrong = checks.filter(({ result }) => result === 'differs').length;
    if (wrong > 0) process.exitCode = EXIT.disagrees;
    if (context.format !== 'table') return;
    say(
      wrong === 0
        ? styled('green', `${checks.length} figures are as recomputed.`, process.stderr)
        : styled('red', `${wrong} of ${checks.length} figures differ.`, process.stderr),
    );
  });
}

function check(what: string, of: string, says: string, recomputed: string): JsonObject {
  return { what, of, says, recomputed, result: says === recomputed ? 'agrees' : 'differs' };
}

async function checksOf(
  context: Context,
  invoice_id: string,
  line: JsonObject,
): Promise<JsonObject[]> {
  const name = String(line['description']);
  const exact = exactAmountOf(line);
  const amounts = [check('amount before rounding', name, String(line['exact_amount']), exact)];
  if (!isObject(line['meter_profile'])) return amounts;
  const { events, result } = await explained(context, invoice_id, String(line['id']));
  const profile = await profileOf(context, line['meter_profile']);
  const counted = profile && quantityOf(profile, events);
  if (counted !== undefined && result['agreement'] !== undefined) {
    const says = String(result['quantity'] || '0');
    return [
      ...amounts,
      check('quantity of the events', name, says, counted),
      agrees(name, line, result),
    ];
  }
  return [...amounts, agrees(name, line, result)];
}

/** The platform's own comparison of the events with the line. */
function agrees(name: string, line: JsonObject, { agreement, quantity }: JsonObject): JsonObject {
  const result = AGREEMENTS[String(agreement)] ?? 'not compared';
  const says = String(line['quantity']);
  return { what: 'quantity', of: name, says, recomputed: String(quantity ?? ''), result };
}

const AGREEMENTS: Readonly<Record<string, string>> = {
  LINE_AGREEMENT_AGREES: 'agrees',
  LINE_AGREEMENT_DIFFERS: 'differs',
};

async function explained(
  { connection }: Context,
  invoice_id: string,
  line_id: string,
): Promise<{ events: VerifiedEvent[]; result: JsonObject }> {
  const events: VerifiedEvent[] = [];
  let result: JsonObject = {};
  const parts = connection.stream(InvoiceService.method.explainLine, { invoice_id, line_id });
  for await (const part of parts) {
    if (isObject(part['events'])) events.push(...objectsIn(part['events']['events']));
    if (isObject(part['result'])) result = part['result'];
  }
  return { events, result };
}

async function profileOf(
  context: Context,
  { meter_id, profile }: JsonObject,
): Promise<JsonObject | undefined> {
  const { meter } = await context.call(MeterService.method.getMeter, { meter_id: meter_id ?? '' });
  const profiles = isObject(meter) ? objectsIn(meter['profiles']) : [];
  return profiles.findLast(({ code }) => code === profile);
}

/** The sums of lines that the invoice says. */
function sumsOf(invoice: JsonObject, lines: readonly JsonObject[]): JsonObject[] {
  const checks: JsonObject[] = [];
  let first = 0;
  for (const section of objectsIn(invoice['sections'])) {
    const count = Number(section['line_count'] ?? 0);
    const total = amountOf(section['total']);
    const sum = sumOf(
      lines.slice(first, first + count).map(({ amount }) => amount),
      total,
    );
    first += count;
    checks.push(check('total of a section', String(section['plan_name']), total, sum));
  }
  checks.push(check('lines in sections', 'invoice', String(lines.length), String(first)));
  return checks;
}

function amountOf(money: Json | undefined): string {
  return isObject(money) ? String(money['amount']) : '';
}

/** In whole minor units, which all amounts of an invoice are, as many digits as `like` has. */
function sumOf(amounts: readonly (Json | undefined)[], like: string): string {
  const texts = amounts.map(amountOf);
  const digits = like.split('.')[1]?.length ?? 0;
  const units = texts.reduce((sum, text) => sum + BigInt(text.replace('.', '')), 0n);
  const sign = units < 0n ? '-' : '';
  const plain = String(units < 0n ? -units : units).padStart(digits + 1, '0');
  return digits === 0
    ? `${sign}${plain}`
    : `${sign}${plain.slice(0, -digits)}.${plain.slice(-digits)}`;
}

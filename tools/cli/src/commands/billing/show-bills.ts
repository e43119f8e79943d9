import { BillLineSchema } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { objectsIn, type CommonOptions, type Context } from '../../context';
import { say } from '../../io';
import { cellOf } from '../../output/cells';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { LINE_COLUMNS } from './lines';

/** The bills that a preview answers, each with its lines. */
export function showBills(context: Context, answer: JsonObject, _options: CommonOptions): void {
  if (context.format !== 'table') return context.show(answer);
  const several = objectsIn(answer['bills']);
  const bills = several.length > 0 ? several : [answer['bill']].filter((bill) => isObject(bill));
  if (bills.length === 0) return say('Nothing would be billed.');
  for (const bill of bills) {
    say(`Due ${cellOf(bill, 'due_time', undefined)}: ${cellOf(bill, 'total', undefined)}`);
    context.showList(objectsIn(bill['lines']), { message: BillLineSchema, columns: LINE_COLUMNS });
  }
}

import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { toJsonString } from '@bufbuild/protobuf';
import {
  InvoiceSchema,
  type Invoice,
} from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import { checkoutFolder } from '@billingrails/stack';
import type { YearDifference } from '../compare';

/** What the public program said of invoices. */
export interface Recomputed {
  /** How many invoices it has recomputed. */
  readonly count: number;
  readonly differences: readonly YearDifference[];
}

const PROGRAM = 'tools/recompute/invoice.py';
const ANSWER_MAX = 64 * 1024 * 1024;

/** Has invoices recomputed by the program that everybody may run: all together, as lines correct others. */
export async function recomputeInvoices(invoices: readonly Invoice[]): Promise<Recomputed> {
  const texts = invoices.map((invoice) => {
    return toJsonString(InvoiceSchema, invoice, { useProtoFieldName: true });
  });
  const output = await new Promise<string>((resolve, reject) => {
    const program = join(checkoutFolder(), PROGRAM);
    const options = { maxBuffer: ANSWER_MAX };
    const child = execFile('python3', [program], options, (error, stdout, stderr) => {
      // It ends with 1 where there are differences, which it tells.
      if (stdout.trim().endsWith('}')) resolve(stdout);
      else reject(new Error(`${PROGRAM} has no answer: ${stderr}`, { cause: error }));
    });
    // Where it ends early, its answer says why.
    child.stdin?.on('error', () => undefined);
    child.stdin?.end(texts.join('\n'));
  });
  const told = output.trim().split('\n');
  const { invoices: count } = JSON.parse(told.pop() ?? '') as { invoices: number };
  const differences = told.map((text) => ({
    ...{ subscription: `recomputed by ${PROGRAM}`, bill: -1, invoiced: text },
  }));
  return { count, differences };
}

import type { ExpectedInvoice } from '../bills/invoices';
import type { History } from '../history';
import { Prepaid } from './paid';
import { Redemptions } from './coupons';
import { taxesOn } from './taxes';

/** What stands on an invoice beside its lines, in words that can be compared. */
export type ExpectedDocument = readonly string[];

/**
 * What must stand on invoices beside their lines, in the order of their numbers: what coupons let off, the taxes on
 * each line, and what pays of the total. That of a total follows from these, which a program of its own shows.
 */
export function documentsOf(
  history: History,
  numbered: readonly { readonly invoice: ExpectedInvoice; readonly total: bigint }[],
): ExpectedDocument[] {
  const { invoicing } = history;
  const redemptions = new Redemptions(invoicing ?? { coupons: [], redemptions: [] });
  const prepaid = new Prepaid(history);
  return numbered.map(({ invoice, total }) => {
    const discounts = redemptions
      .letOff(invoice)
      .map(({ code, base, amount }) => `${code} lets off ${amount} of ${base}`);
    const taxes = invoice.lines.flatMap((line) => {
      if (invoicing === undefined) return [];
      const own = taxesOn(invoicing.taxes, invoice, line).sort();
      const { description, startMs, amount } = line;
      return [`${description} from ${startMs}, ${amount}: ${own.join(', ')}`];
    });
    const { credits, balance, due } = prepaid.pay(invoice, total);
    const paid = credits.map(({ grant, amount }) => `${grant} pays ${amount}`);
    return [...discounts, ...taxes.sort(), ...paid, `balance ${balance}`, `due ${due}`];
  });
}

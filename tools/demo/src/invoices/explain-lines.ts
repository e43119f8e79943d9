import { LineAgreement } from '@billingrails/contracts/billingrails/invoicing/v1/explanation_pb';
import type { Invoice } from '@billingrails/contracts/billingrails/invoicing/v1/invoice_pb';
import type { Clients } from '@billingrails/stack/clients';

/**
 * How many events each line of an invoice is explained by, in the order of its lines; undefined for a line without
 * usage. Throws where the events of a line do not come to its quantity.
 */
export async function explainLines(
  clients: Clients,
  { id: invoiceId, number, lines }: Invoice,
): Promise<(number | undefined)[]> {
  const counts: (number | undefined)[] = [];
  for (const { id: lineId, description, meterProfile } of lines) {
    let count = 0;
    let agreement = LineAgreement.UNSPECIFIED;
    for await (const { part } of clients.invoices.explainLine({ invoiceId, lineId })) {
      if (part.case === 'events') count += part.value.events.length;
      if (part.case === 'result') agreement = part.value.agreement;
    }
    if (agreement !== LineAgreement.AGREES)
      throw new Error(`The events of line "${description}" of ${number} do not come to it.`);
    counts.push(meterProfile === undefined ? undefined : count);
  }
  return counts;
}

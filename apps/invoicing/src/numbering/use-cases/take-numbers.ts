import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { numberText, type NumberShape } from '../domain/number-format';
import type { InvoiceNumberStore } from '../store/invoice-numbers';

/** A document's number, and its place among all of the organisation. */
export interface DocumentNumber {
  readonly number: string;
  readonly sequence: number;
  readonly finalizeMs: number;
}

/** Takes the next numbers of an organisation for documents in their order, as ranges: see `InvoiceNumberStore.take`. */
export async function takeNumbers(
  numbers: InvoiceNumberStore,
  organisationId: OrganisationId,
  shapes: readonly NumberShape[],
  nowMs: number,
  session: ClientSession,
): Promise<DocumentNumber[]> {
  const counts = new Map<string, number>();
  for (const { prefix } of shapes) counts.set(prefix, (counts.get(prefix) ?? 0) + 1);
  const taken = await numbers.take(organisationId, counts, nowMs, session);
  const next = new Map(taken.firstNumbers);
  return shapes.map((shape, index) => {
    const number = next.get(shape.prefix) ?? 0;
    next.set(shape.prefix, number + 1);
    return {
      number: numberText(shape, number),
      sequence: taken.firstSequence + index,
      finalizeMs: taken.finalizeMs,
    };
  });
}

import { notFound } from '@billingrails/errors';
import { parseId } from '@billingrails/ids';
import { groupKey } from '@billingrails/rating';
import {
  linesOf,
  type Invoice,
  type InvoiceLine,
  type InvoiceSection,
  type LineUsage,
} from '../../invoices/domain/invoice';

/** A line with where it stands. */
export interface LineToExplain {
  readonly invoice: Invoice;
  readonly section: InvoiceSection;
  readonly line: InvoiceLine;
  /** Its place among all lines of the invoice. */
  readonly place: number;
}

/** Finds the line that a request names. Throws a DomainError of kind not_found where the invoice has no such line. */
export function lineToExplain(invoice: Invoice, lineId: string): LineToExplain {
  const place = linesOf(invoice).findIndex(({ id }) => id === lineId);
  for (const section of invoice.sections) {
    const line = section.lines.find(({ id }) => id === lineId);
    if (line !== undefined) return { invoice, section, line, place };
  }
  throw notFound('LINE_NOT_FOUND', 'The invoice has no line of that id.');
}

/** Whether metering counted it; otherwise billing did, of a unit of credits. */
export function isOfMeter({ meterId }: Pick<LineUsage, 'meterId'>): boolean {
  return parseId('mtr', meterId) !== undefined;
}

/**
 * Of a line for the other groups: those that its section charges by themselves, by `groupKey`. Undefined where that is
 * not known: on an adjustment, groups that come to the same as before have no line.
 */
export function namedGroups({ section, line }: LineToExplain): ReadonlySet<string> | undefined {
  if (line.kind !== 'usage') return undefined;
  const { startMs, endMs } = line.period;
  const besides = section.lines.filter(
    ({ feeId, period }) =>
      feeId === line.feeId && period.startMs === startMs && period.endMs === endMs,
  );
  return new Set(
    besides.flatMap(({ group }) =>
      group === undefined || group === 'other' ? [] : [groupKey(group)],
    ),
  );
}

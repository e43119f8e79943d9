import { invalid, type Violation } from '@billingrails/errors';
import type { LineId } from '@billingrails/ids';
import { decimal, moneyText, type Decimal } from '@billingrails/money';
import { linesOf, type FinalizedInvoice, type InvoiceLine } from '../../invoices/domain/invoice';
import { grossOf, type CreditedLine } from './credit-note';

/** What is to be taken back of a line: all that is left, a part of its quantity, or an amount in minor units. */
export interface LineRequest {
  readonly lineId: string;
  readonly part:
    | { readonly kind: 'rest' }
    | { readonly kind: 'quantity'; readonly quantity: Decimal }
    | { readonly kind: 'amount'; readonly minorUnits: bigint };
}

/** A line with what it asks for and what is left of that. */
interface Creditable {
  readonly line: InvoiceLine;
  readonly gross: bigint;
  readonly rest: CreditedLine;
  /** Of its quantity, what was taken back by quantity before. */
  readonly quantity: Decimal;
}

/**
 * What a credit note takes back, of an invoice of which others took back some before; without requests, all that is
 * left. Never more of a line, of its net amount or of one of its taxes than it has left. Throws a DomainError invalid
 * naming every fault.
 */
export function creditLines(
  invoice: FinalizedInvoice,
  before: readonly CreditedLine[],
  requests: readonly LineRequest[],
): CreditedLine[] {
  const lines = creditable(invoice, before);
  if (requests.length === 0) return lines.map(({ rest }) => rest).filter(isSomething);
  const places = new Map(lines.map((each, place) => [each.line.id as string, place]));
  const violations: Violation[] = [];
  const credited: { readonly place: number; readonly line: CreditedLine }[] = [];
  for (const [index, request] of requests.entries()) {
    const fault = (field: string, description: string): void => {
      violations.push({ field: `lines[${index}].${field}`, description });
    };
    const place = places.get(request.lineId);
    const each = place === undefined ? undefined : lines[place];
    if (place === undefined || each === undefined)
      fault('invoice_line_id', 'must be the id of a line of the invoice');
    else if (credited.some((other) => other.place === place))
      fault('invoice_line_id', 'must stand only once');
    else if (each.gross <= 0n)
      fault('invoice_line_id', 'must be of a line that asks for more than 0');
    else {
      const asked = grossAsked(each, request.part);
      const rest = grossOf(each.rest);
      if (asked > rest || (asked === 0n && rest === 0n)) {
        const left = moneyText({ ...invoice.total, minorUnits: rest });
        fault(fieldOf(request.part), `takes back more than is left of the line, ${left}`);
      } else if (asked > 0n) credited.push({ place, line: partOf(each, request.part, asked) });
      else fault(fieldOf(request.part), 'comes to nothing');
    }
  }
  if (violations.length > 0)
    throw invalid('CREDIT_NOTE_INVALID', 'The credit note cannot be created.', violations);
  return credited.sort((a, b) => a.place - b.place).map(({ line }) => line);
}

function creditable(invoice: FinalizedInvoice, before: readonly CreditedLine[]): Creditable[] {
  const earlier = new Map<LineId, CreditedLine[]>();
  for (const line of before) earlier.set(line.lineId, [...(earlier.get(line.lineId) ?? []), line]);
  return linesOf(invoice).map((line, place): Creditable => {
    const assessed = invoice.assessment?.lines[place];
    const whole: CreditedLine = {
      ...{ lineId: line.id, description: line.description },
      net: assessed?.net ?? line.amount.minorUnits,
      taxes: assessed?.taxes ?? [],
    };
    const taken = earlier.get(line.id) ?? [];
    const rest = taken.reduce(less, whole);
    const quantity = taken.reduce((sum, each) => sum.add(each.quantity ?? NONE), NONE);
    return { line, gross: grossOf(whole), rest, quantity };
  });
}

const NONE = decimal(0n);

function less(rest: CreditedLine, taken: CreditedLine): CreditedLine {
  const taxes = rest.taxes.map(({ tax, amount }) => {
    const off = taken.taxes.find((each) => each.tax === tax)?.amount ?? 0n;
    return { tax, amount: amount - off };
  });
  return { ...rest, net: rest.net - taken.net, taxes };
}

/**
 * What is asked for, with taxes, in minor units. Of quantities: round(gross × all so far ÷ the line's quantity) less
 * the same of those before, so that quantities which sum to the line's take back all of it.
 */
function grossAsked(
  { line, gross, rest, quantity }: Creditable,
  part: LineRequest['part'],
): bigint {
  switch (part.kind) {
    case 'rest':
      return grossOf(rest);
    case 'amount':
      return part.minorUnits;
    case 'quantity': {
      const all = quantity.add(part.quantity);
      // More than the line has: more than can be left.
      if (all.gt(line.quantity)) return gross + 1n;
      return shareOf(gross, all, line.quantity) - shareOf(gross, quantity, line.quantity);
    }
  }
}

/** round(amount × part ÷ whole), half away from zero; all are above 0 or 0. */
function shareOf(amount: bigint, part: Decimal, whole: Decimal): bigint {
  const digits = Math.max(part.fractionDigits(), whole.fractionDigits());
  const scale = decimal(10n ** BigInt(digits));
  const numerator = amount * part.mul(scale).roundToInteger();
  const denominator = whole.mul(scale).roundToInteger();
  return (2n * numerator + denominator) / (2n * denominator);
}

/** Takes an amount of net amount and taxes in proportion to what is left of them: largest remainder. */
function partOf({ rest }: Creditable, part: LineRequest['part'], asked: bigint): CreditedLine {
  const quantity = part.kind === 'quantity' ? { quantity: part.quantity } : {};
  const weights = [rest.net, ...rest.taxes.map(({ amount }) => amount)];
  const [net = 0n, ...taxes] = proportional(asked, weights);
  return {
    ...{ lineId: rest.lineId, description: rest.description, net, ...quantity },
    taxes: rest.taxes.map(({ tax }, index) => ({ tax, amount: taxes[index] ?? 0n })),
  };
}

/** Parts of an amount of at most the weights' sum, above 0; each at most its weight, and they sum to the amount. */
function proportional(amount: bigint, weights: readonly bigint[]): bigint[] {
  const whole = weights.reduce((sum, weight) => sum + weight, 0n);
  const parts = weights.map((weight) => (amount * weight) / whole);
  let left = parts.reduce((sum, part) => sum - part, amount);
  const byRemainder = weights
    .map((weight, index) => ({ index, remainder: (amount * weight) % whole }))
    .sort((a, b) =>
      a.remainder === b.remainder ? a.index - b.index : a.remainder < b.remainder ? 1 : -1,
    );
  for (const { index } of byRemainder) {
    if (left === 0n) break;
    parts[index] = (parts[index] ?? 0n) + 1n;
    left -= 1n;
  }
  return parts;
}

function isSomething({ net, taxes }: CreditedLine): boolean {
  return net !== 0n || taxes.some(({ amount }) => amount !== 0n);
}

function fieldOf({ kind }: LineRequest['part']): string {
  return kind === 'rest' ? 'invoice_line_id' : kind;
}

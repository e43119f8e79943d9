import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CreditNoteDisposition,
  type CreditNoteLineSchema,
  type CreditNoteSchema,
} from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_pb';
import type { CreateCreditNoteRequest } from '@billingrails/contracts/billingrails/invoicing/v1/credit_note_service_pb';
import { invalid, type Violation } from '@billingrails/errors';
import {
  decimal,
  decimalText,
  minorDigits,
  fitsQuantity,
  parsePlainDecimal,
  QUANTITY_FRACTION_DIGITS_MAX,
  toMoney,
  type Decimal,
} from '@billingrails/money';
import { toTimestamp } from '@billingrails/rpc';
import { moneyToProto } from '../../contract/money';
import type { LineRequest } from '../domain/credit-lines';
import { grossOf, netOf, totalOf, type CreditedLine, type CreditNote } from '../domain/credit-note';
import type { Disposition } from '../domain/disposition';

export function creditNoteToProto(
  creditNote: CreditNote,
): MessageInitShape<typeof CreditNoteSchema> {
  const { id, number, invoiceId, invoiceNumber, accountId, reason, currencyCode } = creditNote;
  const { lines, writtenOff, toBalance, refunded, toCredits } = creditNote;
  const money = (minorUnits: bigint) => moneyToProto({ currencyCode, minorUnits });
  const taxes = new Map<number, bigint>();
  for (const { tax, amount } of lines.flatMap((line) => line.taxes))
    taxes.set(tax, (taxes.get(tax) ?? 0n) + amount);
  return {
    ...{ id, number, invoiceId, invoiceNumber, accountId, reason },
    issueTime: toTimestamp(creditNote.issueMs),
    finalizeTime: toTimestamp(creditNote.finalizeMs),
    lines: lines.map((line) => lineToProto(line, money)),
    taxes: [...taxes]
      .sort(([a], [b]) => a - b)
      .map(([taxIndex, amount]) => ({ taxIndex, amount: money(amount) })),
    netAmount: money(netOf(creditNote)),
    total: money(totalOf(creditNote)),
    writeOffAmount: money(writtenOff),
    balanceAmount: money(toBalance),
    refundAmount: money(refunded),
    creditsAmount: money(toCredits),
  };
}

function lineToProto(
  line: CreditedLine,
  money: (minorUnits: bigint) => ReturnType<typeof moneyToProto>,
): MessageInitShape<typeof CreditNoteLineSchema> {
  const { lineId, description, quantity, net } = line;
  const gross = grossOf(line);
  return {
    ...{ invoiceLineId: lineId, description },
    quantity: quantity === undefined ? '' : decimalText(quantity),
    netAmount: money(net),
    taxAmount: money(gross - net),
    amount: money(gross),
  };
}

export function dispositionFromProto(message: CreditNoteDisposition): Disposition {
  switch (message) {
    case CreditNoteDisposition.UNSPECIFIED:
    case CreditNoteDisposition.BALANCE:
      return 'balance';
    case CreditNoteDisposition.REFUND:
      return 'refund';
    case CreditNoteDisposition.WRITE_OFF:
      return 'write_off';
  }
}

/** Amounts are of the invoice's currency. Throws a DomainError invalid naming every violation. */
export function linesFromProto(
  lines: CreateCreditNoteRequest['lines'],
  currencyCode: string,
): LineRequest[] {
  const violations: Violation[] = [];
  const requests = lines.map(({ invoiceLineId: lineId, part }, index): LineRequest => {
    const read = (text: string, digits: number): Decimal | undefined => {
      const value = parsePlainDecimal(text);
      if (value?.gt(decimal(0n)) && fitsQuantity(value) && value.fractionDigits() <= digits)
        return value;
      const description = `must be a decimal above 0, with at most ${digits} digits after the point`;
      violations.push({ field: `lines[${index}].${part.case}`, description });
      return undefined;
    };
    switch (part.case) {
      case undefined:
        return { lineId, part: { kind: 'rest' } };
      case 'quantity': {
        const quantity = read(part.value, QUANTITY_FRACTION_DIGITS_MAX);
        return { lineId, part: quantity ? { kind: 'quantity', quantity } : { kind: 'rest' } };
      }
      case 'amount': {
        const amount = read(part.value, minorDigits(currencyCode));
        const minorUnits = amount && toMoney(amount, currencyCode).minorUnits;
        return { lineId, part: minorUnits ? { kind: 'amount', minorUnits } : { kind: 'rest' } };
      }
    }
  });
  if (violations.length > 0)
    throw invalid('CREDIT_NOTE_INVALID', 'The credit note cannot be created.', violations);
  return requests;
}

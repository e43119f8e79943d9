import { invalid, type Violation } from '@billingrails/errors';
import { decimal, decimalText, isCurrency, moneyText, type Decimal } from '@billingrails/money';
import { chargeViolations, shareAmount } from '@billingrails/rating';
import { isTimeZone, type Period } from '@billingrails/time';
import type { Billed, PostedLine } from './posted-bill';

/**
 * Refuses what no invoice may be made from: an unknown currency or time zone, a reversed period, a line that
 * stands twice, arithmetic that does not hold. A reader of the invoice must be able to recompute each line from
 * what it shows. The DomainError names every fault, by its path in the bill.
 */
export function checkPostedBill(bill: Billed): void {
  const violations = [
    ...currencyViolations(bill.currencyCode),
    ...periodViolations(bill.period, 'period'),
    ...timeZoneViolations(bill.timeZone),
    ...bill.lines.flatMap((line, index) =>
      violationsOf(line, bill.currencyCode, `lines[${index}]`),
    ),
    ...repeatedLines(bill.lines),
  ];
  if (violations.length === 0) return;
  throw invalid('BROKEN_BILL', `The bill ${bill.billId ?? ''} cannot be invoiced.`, violations);
}

function currencyViolations(currencyCode: string): Violation[] {
  if (isCurrency(currencyCode)) return [];
  return [
    { field: 'currency_code', description: `must be an ISO 4217 code, not "${currencyCode}"` },
  ];
}

function periodViolations({ startMs, endMs }: Period, field: string): Violation[] {
  return startMs < endMs ? [] : [{ field, description: 'must end after it starts' }];
}

function timeZoneViolations(timeZone: string): Violation[] {
  if (isTimeZone(timeZone)) return [];
  return [{ field: 'time_zone', description: `must be an IANA name, not "${timeZone}"` }];
}

function violationsOf(line: PostedLine, currencyCode: string, path: string): Violation[] {
  const { usage, steps } = line;
  const rated = {
    ...line,
    amount: steps.reduce((sum, { amount }) => sum.add(amount), decimal(0n)),
  };
  return [
    ...chargeViolations(rated, path),
    ...shareViolations(line, `${path}.share`),
    ...amountViolations(line, rated.amount, currencyCode, path),
    ...periodViolations(line.period, `${path}.period`),
    ...(usage === undefined || usage.eventCount >= 0n
      ? []
      : [{ field: `${path}.event_count`, description: 'must not be negative' }]),
  ];
}

function shareViolations({ share }: PostedLine, field: string): Violation[] {
  if (share === undefined) return [];
  const { from, until } = share;
  const sound = [from, until].every(({ part, whole }) => part >= 0n && whole > 0n && part <= whole);
  return sound ? [] : [{ field, description: 'must lie in the cycle' }];
}

function amountViolations(
  line: PostedLine,
  rated: Decimal,
  currencyCode: string,
  path: string,
): Violation[] {
  const { share, credited, billedAmount, exactAmount, minorUnits } = line;
  if (shareViolations(line, '').length > 0 || !isCurrency(currencyCode)) return [];
  const owed = share === undefined ? rated : shareAmount(rated, share);
  const computed = (credited ? owed.neg() : owed).sub(billedAmount);
  if (!computed.eq(exactAmount)) {
    const description = `is ${decimalText(exactAmount)}, but its figures come to ${decimalText(computed)}`;
    return [{ field: `${path}.exact_amount`, description }];
  }
  const rest = decimal(moneyText({ currencyCode, minorUnits })).sub(exactAmount);
  const unit = decimal(moneyText({ currencyCode, minorUnits: 1n }));
  if (rest.lt(unit) && rest.neg().lt(unit)) return [];
  const description = `must be less than a minor unit from ${decimalText(exactAmount)}`;
  return [{ field: `${path}.amount`, description }];
}

function repeatedLines(lines: readonly PostedLine[]): Violation[] {
  const seen = new Set<string>();
  return lines.flatMap(({ id }, index) => {
    if (seen.has(id)) return [{ field: `lines[${index}].id`, description: `${id} stands twice` }];
    seen.add(id);
    return [];
  });
}

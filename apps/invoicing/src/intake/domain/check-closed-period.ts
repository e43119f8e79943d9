import { invalid, type Violation } from '@billingrails/errors';
import { isCurrency } from '@billingrails/money';
import { chargeViolations } from '@billingrails/rating';
import { isTimeZone, type Period } from '@billingrails/time';
import { chargedGroupKey } from '../../invoices/domain/invoice';
import type { Charge, ClosedPeriod } from './closed-period';

/**
 * Refuses what no invoice may be made from: an unknown currency or time zone, a reversed period, a fee (or a group of it)
 * charged twice, arithmetic that does not hold. Whoever reads the invoice must be able to recompute each line from what it shows. The
 * DomainError names every fault, by its path in the billing period.
 */
export function checkClosedPeriod(closed: ClosedPeriod): void {
  const violations = [
    ...currencyViolations(closed.currencyCode),
    ...periodViolations(closed.period, 'period'),
    ...timeZoneViolations(closed.timeZone),
    ...closed.charges.flatMap((charge, index) => violationsOf(charge, `charges[${index}]`)),
    ...repeatedCharges(closed.charges),
  ];
  if (violations.length === 0) return;
  throw invalid(
    'BROKEN_BILLING_PERIOD',
    `The billing period ${closed.billingPeriodId} cannot be invoiced.`,
    violations,
  );
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

function violationsOf(charge: Charge, path: string): Violation[] {
  const { exactAmount: amount, usage } = charge;
  return [
    ...chargeViolations({ ...charge, amount }, path),
    ...(usage === undefined ? [] : periodViolations(usage.period, `${path}.usage_period`)),
    ...(usage === undefined || usage.eventCount >= 0n
      ? []
      : [{ field: `${path}.event_count`, description: 'must not be negative' }]),
  ];
}

function repeatedCharges(charges: readonly Charge[]): Violation[] {
  const seen = new Set<string>();
  return charges.flatMap((charge, index) => {
    const { feeId } = charge;
    const key = JSON.stringify([feeId, ...chargedGroupKey(charge)]);
    if (seen.has(key))
      return [{ field: `charges[${index}].fee_id`, description: `${feeId} is charged twice` }];
    seen.add(key);
    return [];
  });
}

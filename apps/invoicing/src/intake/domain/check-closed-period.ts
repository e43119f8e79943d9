import { invalid, type Violation } from '@billingrails/errors';
import { decimal, decimalText, isCurrency, type Decimal } from '@billingrails/money';
import { groupKey } from '@billingrails/rating';
import { isTimeZone, type Period } from '@billingrails/time';
import type { Charge, ClosedPeriod } from './closed-period';
import type { LineTier } from '../../invoices/domain/invoice';

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
    ...closed.charges.flatMap((charge, index) => chargeViolations(charge, `charges[${index}]`)),
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

function chargeViolations(charge: Charge, path: string): Violation[] {
  const { tiers, usage } = charge;
  return [
    ...tiers.flatMap((tier, index) => tierViolations(tier, `${path}.tiers[${index}]`)),
    ...sumViolation(
      charge.exactAmount,
      tiers.map((tier) => tier.amount),
      `${path}.amount`,
    ),
    ...sumViolation(
      charge.quantity,
      tiers.map((tier) => tier.quantity),
      `${path}.quantity`,
    ),
    ...(usage === undefined ? [] : periodViolations(usage.period, `${path}.usage_period`)),
    ...(usage === undefined || usage.eventCount >= 0n
      ? []
      : [{ field: `${path}.event_count`, description: 'must not be negative' }]),
  ];
}

function tierViolations(tier: LineTier, path: string): Violation[] {
  const computed = tier.quantity.mul(tier.unitAmount).add(tier.flatAmount);
  if (computed.eq(tier.amount)) return [];
  const description = `is ${decimalText(tier.amount)}, but quantity × unit_amount + flat_amount is ${decimalText(computed)}`;
  return [{ field: `${path}.amount`, description }];
}

function sumViolation(claimed: Decimal, parts: readonly Decimal[], field: string): Violation[] {
  const sum = parts.reduce((total, part) => total.add(part), decimal(0n));
  if (sum.eq(claimed)) return [];
  const description = `is ${decimalText(claimed)}, but its tiers sum to ${decimalText(sum)}`;
  return [{ field, description }];
}

function repeatedCharges(charges: readonly Charge[]): Violation[] {
  const seen = new Set<string>();
  return charges.flatMap(({ feeId, group }, index) => {
    const key = `${feeId} ${group === undefined ? '' : groupKey(group)}`;
    if (seen.has(key))
      return [{ field: `charges[${index}].fee_id`, description: `${feeId} is charged twice` }];
    seen.add(key);
    return [];
  });
}

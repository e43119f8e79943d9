import type { Violation } from '@billingrails/errors';
import { isCurrency, minorDigits, type Decimal } from '@billingrails/money';
import type { MeterProfile } from '../../../catalogue/domain/fee';

/** What is used in a trial at most: so much of a meter profile, or what would be charged so much. */
export type TrialLimit =
  | { readonly kind: 'usage'; readonly meterProfile: MeterProfile; readonly quantity: Decimal }
  | {
      readonly kind: 'worth';
      /** In major units of the subscription's currency, of whole minor units. */
      readonly amount: Decimal;
    };

/** A limit as it was asked for: what it names may not exist. */
export type TrialLimitDraft =
  | Extract<TrialLimit, { kind: 'worth' }>
  | {
      readonly kind: 'usage';
      readonly meterProfile: { readonly meterId: string; readonly profile: string };
      readonly quantity: Decimal;
    };

/** What is wrong with a limit, by path under `path`. */
export function limitViolations(limit: TrialLimitDraft, path: string): Violation[] {
  const [size, field] =
    limit.kind === 'worth'
      ? [limit.amount, `${path}.amount`]
      : [limit.quantity, `${path}.usage.quantity`];
  return size.isZero() ? [{ field, description: 'must be more than 0' }] : [];
}

/** What is wrong with it in a currency. */
export function limitCurrencyViolations(
  limit: TrialLimitDraft,
  currencyCode: string,
  path: string,
): Violation[] {
  if (limit.kind === 'usage' || !isCurrency(currencyCode)) return [];
  if (limit.amount.fractionDigits() <= minorDigits(currencyCode)) return [];
  return [{ field: `${path}.amount`, description: `must be whole minor units of ${currencyCode}` }];
}

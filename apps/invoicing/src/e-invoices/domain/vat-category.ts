import { decimal, decimalText, type Decimal } from '@billingrails/money';
import type { AssessedTax } from '../../totals/domain/assessment';

/** How something is taxed, in the codes of UNTDID 5305. */
export interface VatCategory {
  /** Standard or reduced rate, zero rated, exempt, reverse charge. */
  readonly code: 'S' | 'Z' | 'E' | 'AE';
  /** Above 0 for S, 0 for the others. */
  readonly percent: Decimal;
  /** Why nothing is owed; empty for S and Z. */
  readonly reason: string;
}

/** The category of a tax. */
export function vatCategoryOf({ treatment, percent, note, name }: AssessedTax): VatCategory {
  const freed = { percent: NOTHING, reason: note || name };
  switch (treatment) {
    case 'taxed':
      return percent.isZero() ? ZERO_RATED : { code: 'S', percent, reason: '' };
    case 'zero_rated':
      return ZERO_RATED;
    case 'exempt':
      return { code: 'E', ...freed };
    case 'reverse_charge':
      return { code: 'AE', ...freed };
  }
}

const NOTHING = decimal(0n);
const ZERO_RATED: VatCategory = { code: 'Z', percent: NOTHING, reason: '' };

/** What is taxed alike has the same. */
export function vatKey({ code, percent }: VatCategory): string {
  return `${code} ${decimalText(percent)}`;
}

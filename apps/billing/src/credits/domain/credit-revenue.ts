import { invalid } from '@billingrails/errors';
import { decimal, decimalText, type Decimal } from '@billingrails/money';
import { utcDayOf, type Period } from '@billingrails/time';
import { accountsOf, type EntryKind, type Movement } from './credit-entry';
import type { CreditCategory } from './credit-grant';

/** What has become of the credits of a category in a period. */
export interface CategoryRevenue extends Record<GrantKind, Decimal> {
  readonly category: CreditCategory;
  readonly opening: Decimal;
  /** Opening and granted, less all the others. */
  readonly closing: Decimal;
}

/** What has become of the credits of a unit in a period. */
export interface CreditRevenue {
  readonly categories: readonly CategoryRevenue[];
  readonly overage: Decimal;
}

type GrantKind = Exclude<EntryKind, 'overage' | 'borrowed'>;

const CATEGORIES: readonly CreditCategory[] = ['paid', 'promotional'];
const ZERO = decimal(0n);

/** Adds up movements, one after another, for the revenue of a period. */
export class RevenueSums {
  readonly #sums = new Map<string, Decimal>();

  constructor(private readonly startMs: number) {}

  /** Takes a movement of before the period's end. */
  add({ kind, dayMs, category, amount }: Movement): void {
    const when = dayMs < this.startMs ? 'before' : 'in';
    const key = [when, category, kind].join(' ');
    this.#sums.set(key, (this.#sums.get(key) ?? ZERO).add(amount));
  }

  revenue(): CreditRevenue {
    const categories = CATEGORIES.map((category) => {
      const sum = (when: string, kind: EntryKind) =>
        this.#sums.get([when, category, kind].join(' ')) ?? ZERO;
      const available = (...whens: string[]) =>
        accountsOf(
          whens.flatMap((when) =>
            GRANT_KINDS.map((kind) => ({ kind, dayMs: 0, amount: sum(when, kind) })),
          ),
        ).available;
      return {
        category,
        opening: available('before'),
        granted: sum('in', 'granted'),
        burned: sum('in', 'burned'),
        paid_back: sum('in', 'paid_back'),
        expired: sum('in', 'expired'),
        voided: sum('in', 'voided'),
        closing: available('before', 'in'),
      };
    });
    const [left, borrowed] = (['overage', 'borrowed'] as const).map(
      (kind) => this.#sums.get(['in', undefined, kind].join(' ')) ?? ZERO,
    );
    const overage = (left ?? ZERO).add(borrowed ?? ZERO);
    return { categories, overage };
  }
}

const GRANT_KINDS: readonly GrantKind[] = ['granted', 'burned', 'paid_back', 'expired', 'voided'];
const COLUMNS = ['category', 'opening', ...GRANT_KINDS, 'closing', 'overage'] as const;

/** The revenue as comma-separated values (RFC 4180): a line a category, and one for what no grant covers. */
export function revenueCsv({ categories, overage }: CreditRevenue): string {
  const lines = categories.map(({ category, opening, closing, ...sums }) => [
    category,
    ...[opening, ...GRANT_KINDS.map((kind) => sums[kind]), closing].map(decimalText),
    '',
  ]);
  const uncovered = ['none', ...COLUMNS.slice(1, -1).map(() => ''), decimalText(overage)];
  return [COLUMNS, ...lines, uncovered].map((line) => `${line.join(',')}\r\n`).join('');
}

/** Throws a DomainError of kind invalid where the period is not of whole UTC days. */
export function checkDays({ startMs, endMs }: Period): void {
  const violations = [
    ...(utcDayOf(startMs) === startMs ? [] : [{ field: 'start_time', description: MIDNIGHT }]),
    ...(utcDayOf(endMs) === endMs ? [] : [{ field: 'end_time', description: MIDNIGHT }]),
    ...(startMs < endMs ? [] : [{ field: 'end_time', description: 'must be after start_time' }]),
  ];
  if (violations.length > 0)
    throw invalid('CREDIT_PERIOD_INVALID', 'The period is not one of whole days.', violations);
}

const MIDNIGHT = 'must be a midnight of UTC, such as 2024-03-01T00:00:00Z';

import type { Bench } from './bench';

/** What was measured, beside its baseline of the same run. */
export interface Measured {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  /** In the same unit; null where there is none, or it could not be measured here. */
  readonly baseline: number | null;
  /** `value` through `baseline`. */
  readonly ratio: number | null;
  /** What it is to reach, for people. */
  readonly reach: string;
  readonly reached: boolean;
  /** Whatever else says how it came about. */
  readonly details: Readonly<Record<string, number | string>>;
}

/** One or more figures that are measured together. */
export interface Figure {
  /** As `--only` has it. */
  readonly name: string;
  readonly description: string;
  measure(bench: Bench): Promise<Measured[]>;
}

/** A ratio as it is shown: two decimals. */
export function ratioOf(value: number, baseline: number | null): number | null {
  return baseline === null || baseline === 0 ? null : Number((value / baseline).toFixed(2));
}

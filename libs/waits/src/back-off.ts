/** How waits grow while something fails again and again. */
export interface BackOff {
  /** After the first failure. */
  readonly firstMs: number;
  readonly maxMs: number;
  /** How much longer each wait is than the one before; 2 by default. */
  readonly factor?: number;
}

/** How long to wait after the `failures`-th failure in a row, from 1. */
export function backOffMs({ firstMs, maxMs, factor = 2 }: BackOff, failures: number): number {
  return Math.min(maxMs, firstMs * factor ** (failures - 1));
}

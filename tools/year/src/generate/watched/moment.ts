/** A step, and the one before. */
export interface WatchedMoment {
  readonly step: number;
  readonly nowMs: number;
  readonly fromMs: number;
}

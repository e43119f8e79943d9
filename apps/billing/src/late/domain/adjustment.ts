import { firstCycleOf, hasEnded } from '../../bills/domain/look-back';
import type { Progress } from '../../bills/domain/moments';
import type { Agreement } from '../../bills/domain/agreement';

/** Says that usage of a subscription has changed, until a bill has looked. */
export interface Mark {
  /** The earliest instant from which on it may come to something else. */
  readonly fromMs: number;
  /** When the first of the changes became known, by the organisation's clock. */
  readonly knownMs: number;
  /** Rises with every change. */
  readonly version: number;
}

/** What decides whether and when a change is billed by itself. */
export interface AdjustmentRules {
  readonly graceMs: number;
  /** How many closed cycles can be adjusted. */
  readonly adjustCycles: number;
}

/**
 * The progress of a subscription with the moment at which its changed usage is billed by itself. That is after its last
 * bill only, as there is no next one to be on: when a grace has passed since the change became known, so that what
 * comes together is billed together.
 */
export function withAdjustment(
  agreement: Agreement,
  progress: Progress,
  mark: Mark | undefined,
  { graceMs, adjustCycles }: AdjustmentRules,
): Progress {
  if (mark === undefined || !hasEnded(agreement, progress.cycle)) return progress;
  const adjustMs = Math.max(mark.knownMs + graceMs, progress.billedUntilMs ?? -Infinity);
  const back = { untilMs: adjustMs, graceMs, changedMs: mark.fromMs, adjustCycles };
  return firstCycleOf(agreement, progress, back) < progress.cycle
    ? { ...progress, adjustMs }
    : progress;
}

import { assert } from '@billingrails/errors';
import { standing, type Fact, type Proration } from './fact';
import { factsOf, type FactSource } from './facts-of';
import type { EarlyTermination } from './minimum-term/minimum-term';
import { agreedTerm, regularEndMs } from './minimum-term/running-term';
import { lastTermsAt } from './present';
import { cyclesOf, type Subscription } from './subscription';
import { withEnd } from './trial/trial';

/**
 * When a subscription that is cancelled is to end: at once, with the cycle that is under way, with its term, or at an
 * instant to come.
 */
export type CancelTiming = 'now' | 'period_end' | 'term_end' | { readonly ms: number };

/** Where a subscription stands. */
export type SubscriptionStatus = 'scheduled' | 'trialing' | 'active' | 'paused' | 'cancelled';

/** When a cancellation takes effect. */
export interface Ending {
  readonly endMs: number;
  /** The end of the term before which it ends, and what it does then. Unset: it ends before none. */
  readonly early?: { readonly termEndMs: number; readonly termination: EarlyTermination };
}

/**
 * When a subscription ends that is cancelled at `nowMs`: never later than it would anyway, and what was closed stays
 * closed. Undefined where it is to end with its term and has none.
 */
export function endingFor(
  subscription: Subscription,
  timing: CancelTiming,
  nowMs: number,
): Ending | undefined {
  const cycles = cyclesOf(subscription);
  const fromMs = Math.max(nowMs, subscription.startMs);
  const underWay = cycles.at(fromMs);
  assert(underWay !== undefined, 'from its start on a subscription is in a cycle');
  const closedMs = cycles.period(subscription.cycle).startMs;
  if (timing === 'term_end') {
    const endMs = regularEndMs(subscription, closedMs, nowMs);
    return endMs === undefined ? undefined : { endMs };
  }
  const endMs = Math.max(endAsked(timing, fromMs, underWay.period.endMs), closedMs);
  const termEndMs = regularEndMs(subscription, endMs, nowMs) ?? endMs;
  const termination = agreedTerm(subscription)?.term.early;
  if (termination === undefined || endMs >= termEndMs) return { endMs };
  if (termination.kind === 'not_before_end') return { endMs: termEndMs };
  return { endMs, early: { termEndMs, termination } };
}

/**
 * The subscription, cancelled at `nowMs`; as it was where it has ended, or was cancelled to that very instant. An end
 * after the one that holds is kept, as that one may be taken back. With a proration what was billed in advance for the
 * time after the end is refunded.
 */
export function cancelled(
  subscription: Subscription,
  { endMs, fee }: Ending & CancellationFee,
  nowMs: number,
  proration: Proration = 'none',
): Subscription {
  const { endMs: heldMs = Infinity } = subscription;
  const isSaid = ({ kind, effectiveMs }: Fact) => kind === 'cancelled' && effectiveMs === endMs;
  if (heldMs <= nowMs) return subscription;
  if (standing(factsOf(subscription)).some(isSaid)) return subscription;
  const fact: Fact = {
    ...{ kind: 'cancelled', proration, effectiveMs: endMs, knownMs: nowMs },
    ...(fee === undefined ? {} : { fee }),
  };
  return withEnd({ ...subscription, changes: [...subscription.changes, fact] });
}

type CancellationFee = Pick<Extract<Fact, { kind: 'cancelled' }>, 'fee'>;

function endAsked(
  timing: Exclude<CancelTiming, 'term_end'>,
  fromMs: number,
  cycleEndMs: number,
): number {
  if (timing === 'now') return fromMs;
  return timing === 'period_end' ? cycleEndMs : Math.max(timing.ms, fromMs);
}

/** Where the subscription stands at `nowMs`. */
export function statusAt(
  subscription: FactSource & Pick<Subscription, 'endMs'>,
  nowMs: number,
): SubscriptionStatus {
  const { startMs, endMs = Infinity } = subscription;
  if (nowMs >= endMs || endMs <= startMs) return 'cancelled';
  if (nowMs < startMs) return 'scheduled';
  const { paused, trial } = lastTermsAt(subscription, nowMs);
  if (paused !== undefined) return 'paused';
  return trial === undefined ? 'active' : 'trialing';
}

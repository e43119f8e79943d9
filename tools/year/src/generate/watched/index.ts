import type {
  AccessBook,
  AlertBook,
  CorrectionBook,
  CreditsBook,
  EventBook,
  FeatureBook,
  PlanBook,
  SubscriptionBook,
} from '@billingrails/recompute';
import type { Dices } from '../dice';
import { ZONES } from '../subscribers/agreed/starts';
import { DAY_MS } from '../subscribers/when';
import { alertsOf } from './alerts';
import { FEATURE, WATCHED_PLAN } from './plan';
import { recurringOf } from './recurring';
import { WatchedAccount } from './account';

/** What accounts are given, and do, that are watched by alerts and reserve what they use. */
export interface WatchedBooks {
  readonly plan: PlanBook;
  readonly accounts: readonly string[];
  readonly subscriptions: readonly SubscriptionBook[];
  readonly events: readonly EventBook[];
  readonly corrections: readonly CorrectionBook[];
  readonly credits: Pick<CreditsBook, 'grants' | 'recurring' | 'checks'>;
  readonly alerts: readonly AlertBook[];
  readonly features: readonly FeatureBook[];
  readonly accesses: readonly AccessBook[];
}

/**
 * Accounts of their own beside the others: what alerts watch changes by one thing after another, so that all know which
 * thresholds it passes, whoever looks when.
 */
export function makeWatched(
  dices: Dices,
  stepsMs: readonly number[],
  others: number,
): WatchedBooks {
  const [firstMs = 0] = stepsMs;
  const count = 1 + Math.floor(others / 12);
  const all = Array.from({ length: count }, (_, index) => {
    const account = `watched-${String(index + 1).padStart(3, '0')}`;
    const timeZone = ZONES[index % ZONES.length] ?? '';
    const startMs = firstMs + Math.round(index * 3.7 * DAY_MS);
    return new WatchedAccount(account, timeZone, startMs, dices.of('watched accounts'));
  });
  for (const [step, nowMs] of stepsMs.entries())
    for (const each of all) each.live({ step, nowMs, fromMs: stepsMs[step - 1] ?? nowMs });
  return {
    plan: WATCHED_PLAN,
    accounts: all.map(({ account }) => account),
    subscriptions: all.map((each) => each.subscription),
    events: all.flatMap(({ events }) => events),
    corrections: all.flatMap(({ corrections }) => corrections),
    credits: {
      grants: all.flatMap(({ grants }) => grants),
      recurring: recurringOf(all, firstMs),
      checks: all.flatMap(({ checks }) => checks),
    },
    alerts: alertsOf(all),
    features: [FEATURE],
    accesses: all.flatMap(({ accesses }) => accesses),
  };
}

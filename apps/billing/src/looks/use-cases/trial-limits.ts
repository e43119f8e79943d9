import type { OrganisationId } from '@billingrails/ids';
import { decimal, toMoney } from '@billingrails/money';
import { inTransaction, type Mongo } from '@billingrails/mongo';
import { currencyOf } from '../../bills/domain/obligations';
import { prepareBills, type PrepareParts } from '../../bills/use-cases/prepare-bill';
import type { ClockStore } from '../../clocks/store/clocks';
import type { CreditDueStore } from '../../recurring-credits/store/credit-due';
import { cyclesOf, usedPeriod, type Subscription } from '../../subscriptions/domain/subscription';
import {
  endedByLimit,
  limitedTrialAt,
  trialOf,
  withoutTrial,
} from '../../subscriptions/domain/trial/trial';
import { schedule, type ScheduleParts } from '../../subscriptions/use-cases/schedule';
import type { SubscriptionStore } from '../../subscriptions/store/subscriptions';
import { isFailure } from '../../usage/attempt';
import type { Asking } from '../../usage/gather-usage';
import type { Looked } from './looked-bill';

/** Trials that are looked at at the same time. */
export const TRIALS_AT_ONCE = 8;

const ZERO = decimal(0n);

/**
 * Whether what is used of a trial by the instant has reached its limit; 'partial' while usage is still being counted.
 * False where there is no trial with a limit then. Throws why it cannot be told.
 */
export async function reachesTrialLimit(
  parts: PrepareParts,
  { agreement, subscription, rules: { graceMs }, attempts }: Looked,
  ms: number,
  asking: Asking,
): Promise<boolean | 'partial'> {
  const trial = limitedTrialAt(agreement.facts, ms);
  const cycle = cyclesOf(subscription).at(ms)?.number;
  if (trial === undefined || cycle === undefined) return false;
  const { organisationId } = agreement;
  const { startMs, limit } = trial;
  if (limit.kind === 'usage') {
    const { accountId, timeZone } = subscription;
    const { meterProfile } = limit;
    const period = usedPeriod({ startMs, endMs: ms }, ms);
    const question = { organisationId, accountId, meterProfile, period, timeZone, ...asking };
    const { quantity = ZERO, partial } = await parts.metering.usage(question);
    return partial ? 'partial' : quantity.gte(limit.quantity);
  }
  const charged = { ...agreement, facts: withoutTrial(agreement.facts) };
  const wanted = {
    ...{ agreement: charged, subscription, attempts, afresh: true },
    horizon: { untilMs: ms, graceMs, running: true, usageOnly: true },
    cycles: { firstCycle: 0, lastCycle: cycle },
  };
  const [entries] = await prepareBills(parts, organisationId, [wanted], asking);
  if (isFailure(entries)) throw entries.failure;
  if (entries === undefined || entries === 'partial') return 'partial';
  const lines = entries.flatMap((entry) => entry.lines);
  const worth = lines.reduce((sum, { minorUnits }) => sum + minorUnits, 0n);
  return worth >= toMoney(limit.amount, currencyOf(agreement)).minorUnits;
}

/** What ending a trial needs. */
export interface EndTrialParts extends ScheduleParts {
  readonly mongo: Mongo;
  readonly clocks: ClockStore;
  readonly subscriptions: SubscriptionStore;
  readonly creditDue: CreditDueStore;
}

/** Ends the trial of a subscription whose limit was seen to be reached; nothing where it has changed since. */
export async function endTrial(
  parts: EndTrialParts,
  organisationId: OrganisationId,
  { id, changes }: Subscription,
  ms: number,
): Promise<void> {
  const { mongo, clocks, subscriptions, creditDue } = parts;
  await inTransaction(mongo, async (session) => {
    const read = await subscriptions.find(organisationId, id, session);
    const trial = read && trialOf(read, ms);
    if (trial === undefined || read?.changes.length !== changes.length) return;
    const { accountId } = read;
    const present = await clocks.presentForSubscription(organisationId, accountId, session);
    const ended = endedByLimit(read, trial, ms);
    await subscriptions.addChanges(organisationId, read, ended, session);
    await schedule(parts, session, organisationId, ended, present);
    await creditDue.wake(organisationId, [{ id, accountId, atMs: ms }], session);
  });
}

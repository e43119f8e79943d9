import { nextMoment } from '../../bills/domain/moments';
import { billOf } from '../../bills/domain/posted-bill';
import { chosenAccounts } from '../../bills/use-cases/chosen';
import type { Chosen } from '../../bills/contract/scope';
import { ACCOUNTS_TOGETHER, inGroups } from '../../bills/use-cases/look-together';
import {
  agreementFrom,
  firstCycleIn,
  plansOf,
  progressOf,
} from '../../bills/use-cases/prepare-bill';
import { differences, type Difference, type Looking } from '../../bills/use-cases/re-rate';
import type { OrganisationId } from '@billingrails/ids';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOf } from '../../settings/use-cases/rules-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { NotBilled, SweptSoFar } from '../domain/not-billed';
import { withAdjustment } from '../domain/adjustment';

/**
 * Rates anew all that was billed of the chosen accounts, subscriptions and cycles, however old, and tells what is not
 * billed as it is owed, by every event that was acknowledged before the call. Writes nothing.
 */
export async function* sweepOnRequest(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  chosen: Chosen,
  signal: AbortSignal,
): AsyncGenerator<SweptSoFar> {
  await parts.metering.tellChanges(organisationId, [], signal);
  await parts.heard(signal);
  let [accountCount, subscriptionCount] = [0, 0];
  const soFar = () => ({ accountCount, subscriptionCount, complete: false });
  const looking = { organisationId, chosen, waitForAcknowledged: true, signal };
  const all = chosenAccounts(parts, organisationId, chosen);
  for await (const together of inGroups(all, ACCOUNTS_TOGETHER)) {
    signal.throwIfAborted();
    const subscriptions = together.flatMap((account) => account.subscriptions);
    for (const found of await notBilled(parts, looking, subscriptions)) yield { found, ...soFar() };
    subscriptionCount += subscriptions.length;
    accountCount += together.length;
    yield soFar();
  }
  yield { ...soFar(), complete: true };
}

async function notBilled(
  parts: SubscriptionParts,
  looking: Looking,
  subscriptions: readonly Subscription[],
): Promise<NotBilled[]> {
  const { organisationId } = looking;
  const plans = await plansOf(parts, organisationId, subscriptions);
  const rulesFor = await rulesOf(parts, organisationId, subscriptions);
  const ids = subscriptions.map(({ id }) => id);
  const marks = await parts.marks.findMany(organisationId, ids);
  const accountIds = subscriptions.map(({ accountId }) => accountId);
  const presentFor = await parts.clocks.presentsOf(organisationId, accountIds);
  const wrong = await differences(parts, looking, subscriptions);
  return subscriptions.flatMap((subscription): NotBilled[] => {
    const agreement = agreementFrom(plans, organisationId, subscription);
    const { nowMs } = presentFor(subscription.accountId);
    const rules = rulesFor(subscription);
    const mark = marks.get(subscription.id);
    const progress = withAdjustment(agreement, progressOf(subscription), mark, rules);
    const moment = nextMoment(agreement, progress, rules.graceMs);
    const due: NotBilled[] =
      moment !== undefined && moment.ms <= nowMs
        ? [{ subscription, cause: 'due', dueMs: moment.ms }]
        : [];
    const found = wrong.get(subscription.id);
    if (found === undefined) return due;
    const horizon = { untilMs: moment?.ms ?? nowMs, graceMs: rules.graceMs };
    const bill = { agreement, subscription, horizon };
    // The first cycle that any bill looks at, and that the next one does by what is known.
    const first = firstCycleIn(parts, { ...bill, changedMs: subscription.startMs });
    const looked = firstCycleIn(parts, mark ? { ...bill, changedMs: mark.fromMs } : bill);
    return [
      ...due,
      ...part(found, 'window_closed', (cycle) => cycle < first),
      ...part(found, 'untold', (cycle) => first <= cycle && cycle < looked),
      ...part(found, 'waiting', (cycle) => Math.max(first, looked) <= cycle),
    ];
  });
}

/** Those of the differences that have this cause, as a bill. */
function part(
  { subscription, agreement, moment, present, made: { bill } }: Difference,
  cause: 'waiting' | 'window_closed' | 'untold',
  isOf: (cycle: number) => boolean,
): NotBilled[] {
  const entries = bill.entries.filter(({ charge }) => isOf(charge.cycle));
  if (entries.length === 0) return [];
  const closeMs = present.nowMs;
  return [
    { subscription, cause, bill: billOf({ agreement, subscription, moment, entries, closeMs }) },
  ];
}

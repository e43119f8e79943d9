import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { payerOf } from '../../accounts/domain/payer';
import { agreementOf, progressOf } from '../../bills/use-cases/prepare-bill';
import { nextMoment } from '../../bills/domain/moments';
import { withAdjustment } from '../../late/domain/adjustment';
import { firstOf, isWatchedAt } from '../../looks/domain/looks';
import type { Present } from '../../clocks/store/clocks';
import { dueOf } from '../../schedule/domain/due-of';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOfOne } from '../../settings/use-cases/rules-of';
import { cyclePeriod, type Subscription } from '../domain/subscription';

/** What scheduling needs. */
export type ScheduleParts = Pick<
  SubscriptionParts,
  | 'accounts'
  | 'plans'
  | 'due'
  | 'marks'
  | 'missedChanges'
  | 'billingSettings'
  | 'settleMs'
  | 'graceMs'
  | 'adjustCycles'
>;

/** Says when a subscription falls due next, as it is now; in the transaction that made it so. */
export async function schedule(
  parts: ScheduleParts,
  session: ClientSession,
  organisationId: OrganisationId,
  subscription: Subscription,
  { clock, nowMs: presentMs }: Present,
): Promise<void> {
  const { accounts, due, marks, settleMs } = parts;
  const { id, accountId } = subscription;
  const agreement = await agreementOf(parts, organisationId, subscription, session);
  const mark = (await marks.findMany(organisationId, [subscription.id], session)).get(
    subscription.id,
  );
  const rules = await rulesOfOne(parts, organisationId, subscription, session);
  const progress = withAdjustment(agreement, progressOf(subscription), mark, rules);
  // Whatever has become of it, what its usage comes to may reach a threshold.
  const isWatched = isWatchedAt(agreement, rules, presentMs);
  const moment = nextMoment(agreement, progress, rules.graceMs);
  const next = firstOf(moment, isWatched ? presentMs : undefined);
  const times = next && {
    ...dueOf(clock, settleMs)(next, rules.graceMs),
    ...(isWatched ? { watchedAccountId: accountId } : {}),
  };
  const all = await accounts.withPayers(organisationId, [accountId], session);
  const account = all.get(accountId);
  assert(account !== undefined, 'a subscription has its account');
  const payer = payerOf(account, all);
  const payerId = payer.invoiceGrouping === 'joint' ? payer.id : undefined;
  await due.reset(organisationId, { id, times, payerId, presentMs }, session);
  // Where no bill will be made any more, none looks at what has changed.
  const { startMs: endMs } = cyclePeriod(subscription, subscription.cycle);
  if (next !== undefined || mark === undefined || mark.fromMs >= endMs) return;
  const missed = { subscriptionId: subscription.id, period: { startMs: mark.fromMs, endMs } };
  await parts.missedChanges.add(organisationId, clock, [missed], session);
}

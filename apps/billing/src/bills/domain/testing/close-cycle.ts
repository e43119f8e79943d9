import type { OrganisationId } from '@billingrails/ids';
import type { GroupUsage } from '@billingrails/rating';
import { profileKey } from '../../../catalogue/domain/fee';
import { planKey, refOf, type Plan } from '../../../catalogue/domain/plan';
import { factsOf } from '../../../subscriptions/domain/facts-of';
import { billedPeriod, type Subscription } from '../../../subscriptions/domain/subscription';
import { computeBill, dueObligations } from '../compute-bill';
import { neededUsage, usageKey, type NeededUsage, type Usage } from '../expected';
import { billOf, type Bill } from '../posted-bill';

/** A cycle that is closed without anything having been billed before. */
export interface CycleInput {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  readonly plan: Plan;
  /** By `profileKey`, of all groups together. */
  readonly usages: ReadonlyMap<string, Usage>;
  /** By `profileKey`, of each group. */
  readonly groupUsages: ReadonlyMap<string, readonly GroupUsage[]>;
  readonly closeMs: number;
  readonly groupsShown?: number;
}

/** Closes the subscription's earliest open cycle. */
export function closeCycle(input: CycleInput): Bill {
  const { organisationId, subscription, plan, usages, groupUsages, closeMs } = input;
  const plans = new Map([[planKey(refOf(plan)), plan]]);
  const agreement = { organisationId, subscription, facts: factsOf(subscription), plans };
  const period = billedPeriod(subscription, subscription.cycle);
  if (period === undefined) throw new Error('The cycle began after the subscription ended.');
  const scope = {
    firstCycle: subscription.cycle,
    horizon: { untilMs: period.endMs, graceMs: 0 },
    ...(input.groupsShown === undefined ? {} : { groupsShown: input.groupsShown }),
  };
  const needed = neededUsage(dueObligations(agreement, scope));
  const answers = <T>(questions: readonly NeededUsage[], by: ReadonlyMap<string, T>) =>
    new Map(
      questions.flatMap((question) => {
        const answer = by.get(profileKey(question.meterProfile));
        return answer === undefined ? [] : [[usageKey(question), answer] as const];
      }),
    );
  const asked = {
    whole: answers(needed.whole, usages),
    byGroup: new Map(
      [...answers(needed.byGroup, groupUsages)].map(([key, groups]) => [key, { groups }]),
    ),
  };
  const entries = computeBill(agreement, scope, asked, new Map());
  const moment = { ms: period.endMs, closes: true };
  return billOf({ agreement, subscription, moment, entries, closeMs });
}

/** The charges of a bill on which nothing is corrected, by its lines. */
export function chargesOf({ entries }: Bill) {
  return entries.flatMap(({ charge, lines }) =>
    lines.map(({ part: { rated, usage, period } }) => ({
      feeId: charge.feeId,
      description: charge.description,
      ...(charge.group === undefined ? {} : { group: charge.group }),
      rated,
      ...(usage === undefined ? {} : { usage: { ...usage, period } }),
    })),
  );
}

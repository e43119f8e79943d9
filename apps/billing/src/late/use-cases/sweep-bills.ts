import type { OrganisationId, SubscriptionId } from '@billingrails/ids';
import { chargesUsage } from '../../bills/domain/obligations';
import {
  agreementFrom,
  firstCycleIn,
  plansOf,
  prepareBills,
  type PrepareParts,
} from '../../bills/use-cases/prepare-bill';
import { cyclePeriod, type Subscription } from '../../subscriptions/domain/subscription';
import { rulesOf } from '../../settings/use-cases/rules-of';
import { isFailure } from '../../usage/attempt';
import { hearChanges, type HearParts } from './hear-changes';
import { markSubscription, type MarkParts } from './mark-changed';

/** What sweeping needs. */
export interface SweepParts extends PrepareParts, HearParts, MarkParts {}

/** What a page of a sweep came to. */
export interface Swept {
  /** How many subscriptions' closed cycles were rated anew and compared. */
  readonly checkedCount: number;
  /** Those that came to something else than was billed, though nobody had told: now they are marked. */
  readonly found: readonly SubscriptionId[];
  /** Where the next page begins; undefined at the end. */
  readonly lastId: SubscriptionId | undefined;
}

/** A closed cycle that comes to something else. */
interface Suspect {
  readonly subscription: Subscription;
  readonly fromMs: number;
}

/**
 * Rates anew every closed cycle whose adjustment window is open, of a page of subscriptions, whether anything is known
 * to have changed or not. What is marked or has facts that no bill knows is left to its next bill; what cannot be had
 * now to the next sweep. Whatever metering tells, this finds nothing.
 */
export async function sweepPage(
  parts: SweepParts,
  organisationId: OrganisationId,
  page: { readonly afterId: string; readonly limit: number },
  signal?: AbortSignal,
): Promise<Swept> {
  const listed = await parts.subscriptions.list(organisationId, page);
  const lastId = listed.length < page.limit ? undefined : listed.at(-1)?.id;
  const plans = await plansOf(parts, organisationId, listed);
  const rulesFor = await rulesOf(parts, organisationId, listed);
  const hearings = listed.map((subscription) => {
    return {
      subscription,
      agreement: agreementFrom(plans, organisationId, subscription),
      attempts: 1,
    };
  });
  const settled = hearings.flatMap(({ subscription, ...hearing }) => {
    const { cycle, billed } = subscription;
    if (billed.untilMs === undefined || cycle === 0 || !chargesUsage(hearing.agreement)) return [];
    const horizon = { untilMs: billed.untilMs, graceMs: rulesFor(subscription).graceMs };
    const bill = { ...hearing, subscription, horizon };
    return firstCycleIn(parts, bill) < cycle ? [] : [bill];
  });
  const unmarked = await unmarkedOf(parts, organisationId, settled, signal);
  const wanted = unmarked.map((bill) => ({ ...bill, changedMs: bill.subscription.startMs }));
  const asking = { waitForAcknowledged: true, ...(signal === undefined ? {} : { signal }) };
  const prepared = await prepareBills(parts, organisationId, wanted, asking);
  const suspects = wanted.flatMap(
    ({ subscription, agreement }, index): (Suspect & (typeof hearings)[number])[] => {
      const entries = prepared[index];
      if (entries === undefined || entries === 'partial' || isFailure(entries)) return [];
      const cycles = entries.map(({ charge }) => charge.cycle);
      const first = Math.min(...cycles.filter((cycle) => cycle < subscription.cycle));
      if (first === Infinity) return [];
      return [
        { subscription, agreement, attempts: 1, fromMs: cyclePeriod(subscription, first).startMs },
      ];
    },
  );
  // What came between the two questions has been told by now.
  const untold = new Set(await unmarkedOf(parts, organisationId, suspects, signal));
  const found = suspects.filter((suspect) => untold.has(suspect));
  for (const { subscription, fromMs } of found)
    await markSubscription(parts, organisationId, subscription, fromMs);
  const ids = found.map(({ subscription }) => subscription.id);
  return { checkedCount: wanted.length, found: ids, lastId };
}

/** Those of which nothing is known to have changed. */
async function unmarkedOf<H extends Parameters<typeof hearChanges>[2][number]>(
  parts: SweepParts,
  organisationId: OrganisationId,
  hearings: readonly H[],
  signal: AbortSignal | undefined,
): Promise<H[]> {
  const marks = await hearChanges(parts, organisationId, hearings, signal);
  return hearings.filter(({ subscription }) => marks.get(subscription.id) === undefined);
}

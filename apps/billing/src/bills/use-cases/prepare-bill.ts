import { assert } from '@billingrails/errors';
import type { OrganisationId, PlanId } from '@billingrails/ids';
import { sumOfTransactions, type Transactions } from '@billingrails/rating';
import type { ClientSession } from 'mongodb';
import type { MeterProfile } from '../../catalogue/domain/fee';
import type { Plan } from '../../catalogue/domain/plan';
import type { PlanStore } from '../../catalogue/store/plans';
import { planIdsOf } from '../../subscriptions/domain/fact';
import { factsOf } from '../../subscriptions/domain/facts-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { mapBounded } from '../../usage/bounded';
import type { Metering, UsageQuestion } from '../../usage/metering';
import type { Entry, Posted } from '../domain/bill';
import { computeBill, dueObligations, type BillScope } from '../domain/compute-bill';
import {
  neededUsage,
  pricedGroups,
  usageKey,
  type NeededUsage,
  type Usage,
  type Usages,
} from '../domain/expected';
import type { Progress } from '../domain/moments';
import type { Agreement, Horizon, Obligation } from '../domain/obligations';
import type { LedgerStore } from '../store/ledger';

/** Usage queries of one bill at the same time. */
const QUERIES_AT_ONCE = 4;

/** What computing a bill needs. */
export interface PrepareParts {
  readonly plans: PlanStore;
  readonly ledger: LedgerStore;
  readonly metering: Metering;
  /** How many closed cycles are looked at again with each bill: their adjustment windows are open. */
  readonly adjustCycles: number;
}

/** How usage is asked for. */
export interface Asking {
  /** Whether every event acknowledged before is counted first. */
  readonly waitForAcknowledged: boolean;
  readonly signal?: AbortSignal;
}

/** Everything that decides what the subscription owes, but for usage. */
export async function agreementOf(
  { plans }: Pick<PrepareParts, 'plans'>,
  organisationId: OrganisationId,
  subscription: Subscription,
  session?: ClientSession,
): Promise<Agreement> {
  const facts = factsOf(subscription);
  const found = new Map<PlanId, Plan>();
  for (const planId of planIdsOf(facts)) {
    const plan = await plans.find(organisationId, planId, session);
    assert(plan !== undefined, 'a subscription has its plans');
    found.set(planId, plan);
  }
  return { organisationId, subscription, facts, plans: found };
}

/** How far a subscription has been billed, counted by the facts of its agreement. */
export function progressOf({ cycle, billed, fees }: Subscription): Progress {
  return {
    cycle,
    ...(billed.untilMs === undefined ? {} : { billedUntilMs: billed.untilMs }),
    // Before its changes come that it was subscribed to, and its own fees.
    billedFacts: 1 + fees.length + billed.changes,
  };
}

/**
 * What a bill by the horizon would post; undefined while metering still counts events from before a profile. Writes
 * nothing, so that a preview is the same; `simulated` stands for what bills would post that are not made. Throws a
 * DomainError of kind unavailable when metering or the database cannot be reached.
 */
export async function prepareBill(
  parts: PrepareParts,
  agreement: Agreement,
  subscription: Subscription,
  horizon: Horizon,
  asking: Asking,
  simulated: ReadonlyMap<string, Posted> = new Map(),
): Promise<Entry[] | undefined> {
  const firstCycle = Math.max(subscription.cycle - parts.adjustCycles, 0);
  const scope: BillScope = { firstCycle, horizon };
  const { organisationId } = agreement;
  const due = dueObligations(agreement, scope);
  const usages = await usagesOf(parts.metering, organisationId, subscription, due, asking);
  if (usages === undefined) return undefined;
  const posted = await parts.ledger.posted(organisationId, subscription.id, firstCycle);
  for (const [id, entry] of simulated) if (entry.charge.cycle >= firstCycle) posted.set(id, entry);
  return computeBill(agreement, scope, usages, posted);
}

/** The complete usage; undefined while any is partial. */
async function usagesOf(
  metering: Metering,
  organisationId: OrganisationId,
  { accountId, timeZone }: Subscription,
  due: readonly Obligation[],
  { waitForAcknowledged, signal }: Asking,
): Promise<Usages | undefined> {
  const needed = neededUsage(due);
  const question = {
    ...{ organisationId, accountId, timeZone, waitForAcknowledged },
    ...(signal === undefined ? {} : { signal }),
  };
  const whole = await answers(needed.whole, question, metering.usage);
  const grouped = await answers(needed.byGroup, question, (asked) =>
    metering.usageByGroup({ ...asked, keptGroups: pricedGroups(due, asked.meterProfile) }),
  );
  if ([...whole.values(), ...grouped.values()].some(({ partial }) => partial)) return undefined;
  const told = await answers(needed.transactions, question, metering.transactions);
  return { whole: withTransactions(whole, told), byGroup: grouped };
}

async function answers<T>(
  needed: readonly NeededUsage[],
  question: Omit<UsageQuestion, 'meterProfile' | 'period'>,
  ask: (question: UsageQuestion & { readonly meterProfile: MeterProfile }) => Promise<T>,
): Promise<Map<string, T>> {
  const entries = await mapBounded(needed, QUERIES_AT_ONCE, async (need) => {
    return [usageKey(need), await ask({ ...question, ...need })] as const;
  });
  return new Map(entries);
}

/** The usage of whose events are told one by one is what they come to: events may have come between the two answers. */
function withTransactions(
  usages: ReadonlyMap<string, Usage>,
  told: ReadonlyMap<string, readonly Transactions[]>,
): Map<string, Usage> {
  const joined = [...usages].map(([key, usage]): [string, Usage] => {
    const transactions = told.get(key);
    return transactions === undefined
      ? [key, usage]
      : [key, { ...usage, ...sumOfTransactions(transactions), transactions }];
  });
  return new Map(joined);
}

import type { AccountId, OrganisationId, SubscriptionId } from '@billingrails/ids';
import { missingPlan, type Plan } from '../../catalogue/domain/plan';
import type { SubscriptionParts } from '../../service-parts';
import { rulesOf } from '../../settings/use-cases/rules-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { isSimulated, simulated, type Replacement } from '../domain/simulation';
import { chosenAccounts, chosenCycles } from './chosen';
import type { Chosen } from '../contract/scope';
import { ACCOUNTS_TOGETHER, allEntries, inGroups } from './look-together';
import { agreementFrom, plansOf } from './prepare-bill';

/** In minor units of the plan's currency. */
export interface OldAndNew {
  readonly billed: bigint;
  readonly simulated: bigint;
}

/** Old against new of an account, or, last of all, of all accounts. */
export type Simulated =
  | ({ readonly kind: 'account'; readonly accountId: AccountId } & OldAndNew)
  | ({ readonly kind: 'total' } & OldAndNew & Counts);

interface Counts {
  readonly accounts: number;
  /** Who would have paid less. */
  readonly winners: number;
  /** Who would have paid more. */
  readonly losers: number;
}

/** The plan of an id. Throws a DomainError not_found when there is none. */
export async function planToTry(
  { plans }: Pick<SubscriptionParts, 'plans'>,
  organisationId: OrganisationId,
  planId: string,
): Promise<Plan> {
  const plan = await plans.find(organisationId, planId);
  if (plan === undefined) throw missingPlan();
  return plan;
}

/** What a plan would have billed for the chosen closed cycles, by the computation that bills. Writes nothing. */
export async function* simulatePlan(
  parts: SubscriptionParts,
  organisationId: OrganisationId,
  replacement: Replacement,
  chosen: Chosen,
  signal: AbortSignal,
): AsyncGenerator<Simulated> {
  let total: OldAndNew & Counts = { billed: 0n, simulated: 0n, accounts: 0, winners: 0, losers: 0 };
  const all = chosenAccounts(parts, organisationId, chosen);
  for await (const together of inGroups(all, ACCOUNTS_TOGETHER)) {
    signal.throwIfAborted();
    const subscriptions = together.flatMap((account) => account.subscriptions);
    const asked = { organisationId, subscriptions, replacement, chosen, signal };
    const found = await oldAndNew(parts, asked);
    for (const { accountId, subscriptions: own } of together) {
      const sums = own.flatMap(({ id }) => found.get(id) ?? []);
      if (sums.length === 0) continue;
      const sum = sums.reduce(plus);
      total = {
        ...plus(total, sum),
        accounts: total.accounts + 1,
        winners: total.winners + (sum.simulated < sum.billed ? 1 : 0),
        losers: total.losers + (sum.simulated > sum.billed ? 1 : 0),
      };
      yield { kind: 'account', accountId, ...sum };
    }
  }
  yield { kind: 'total', ...total };
}

function plus(a: OldAndNew, b: OldAndNew): OldAndNew {
  return { billed: a.billed + b.billed, simulated: a.simulated + b.simulated };
}

interface Asked {
  readonly organisationId: OrganisationId;
  readonly subscriptions: readonly Subscription[];
  readonly replacement: Replacement;
  readonly chosen: Chosen;
  readonly signal: AbortSignal;
}

/** By subscription; none where nothing is replaced, or no cycle that is chosen is closed. */
async function oldAndNew(
  parts: SubscriptionParts,
  { organisationId, subscriptions, replacement, chosen, signal }: Asked,
): Promise<Map<SubscriptionId, OldAndNew>> {
  const plans = await plansOf(parts, organisationId, subscriptions);
  const rulesFor = await rulesOf(parts, organisationId, subscriptions);
  const wanted = subscriptions.flatMap((subscription) => {
    const range = chosenCycles(subscription, chosen);
    const { untilMs } = subscription.billed;
    if (range === undefined || untilMs === undefined) return [];
    const { firstCycle } = range;
    const lastCycle = Math.min(range.lastCycle ?? Infinity, subscription.cycle - 1);
    const agreed = agreementFrom(plans, organisationId, subscription);
    const agreement = simulated(agreed, replacement);
    if (lastCycle < firstCycle || agreement === undefined) return [];
    const horizon = { untilMs, graceMs: rulesFor(subscription).graceMs };
    const cycles = { firstCycle, lastCycle };
    return [{ agreement, subscription, horizon, cycles, afresh: true, attempts: 1 }];
  });
  const asking = { waitForAcknowledged: false, signal };
  const entries = await allEntries(parts, organisationId, wanted, asking);
  const posted = await parts.ledger.posted(
    organisationId,
    wanted.map(({ subscription: { id }, cycles }) => [id, cycles.firstCycle]),
  );
  return new Map(
    wanted.map(({ subscription: { id }, cycles: { lastCycle } }, index) => {
      const billed = [...(posted.get(id)?.values() ?? [])].filter(
        ({ charge }) => charge.cycle <= lastCycle,
      );
      return [id, { billed: sumOf(billed), simulated: sumOf(entries[index] ?? []) }];
    }),
  );
}

function sumOf(
  rounded: readonly {
    readonly charge: Parameters<typeof isSimulated>[0];
    readonly roundedMinorUnits: bigint;
  }[],
): bigint {
  return rounded
    .filter(({ charge }) => isSimulated(charge))
    .reduce((sum, { roundedMinorUnits }) => sum + roundedMinorUnits, 0n);
}

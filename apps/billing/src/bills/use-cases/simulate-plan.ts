import { unavailable } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { missingPlan, type Plan } from '../../catalogue/domain/plan';
import type { SubscriptionParts } from '../../service-parts';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { isSimulated, simulated, type Replacement } from '../domain/simulation';
import { chosenAccounts, chosenCycles, type Chosen } from './chosen';
import { agreementOf, prepareBill } from './prepare-bill';

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
  for await (const { accountId, subscriptions } of chosenAccounts(parts, organisationId, chosen)) {
    const sums: OldAndNew[] = [];
    for (const subscription of subscriptions) {
      signal.throwIfAborted();
      const asked = { organisationId, subscription, replacement, chosen, signal };
      const sum = await oldAndNew(parts, asked);
      if (sum !== undefined) sums.push(sum);
    }
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
  yield { kind: 'total', ...total };
}

function plus(a: OldAndNew, b: OldAndNew): OldAndNew {
  return { billed: a.billed + b.billed, simulated: a.simulated + b.simulated };
}

interface Asked {
  readonly organisationId: OrganisationId;
  readonly subscription: Subscription;
  readonly replacement: Replacement;
  readonly chosen: Chosen;
  readonly signal: AbortSignal;
}

/** Undefined where nothing is replaced, or no cycle that is chosen is closed. */
async function oldAndNew(
  parts: SubscriptionParts,
  { organisationId, subscription, replacement, chosen, signal }: Asked,
): Promise<OldAndNew | undefined> {
  const range = chosenCycles(subscription, chosen);
  const { untilMs } = subscription.billed;
  if (range === undefined || untilMs === undefined) return undefined;
  const { firstCycle } = range;
  const lastCycle = Math.min(range.lastCycle ?? Infinity, subscription.cycle - 1);
  const agreement = await agreementOf(parts, organisationId, subscription);
  const tried = simulated(agreement, replacement);
  if (lastCycle < firstCycle || tried === undefined) return undefined;
  const horizon = { untilMs, graceMs: parts.graceMs };
  const asking = { waitForAcknowledged: false, signal };
  const looked = { cycles: { firstCycle, lastCycle }, afresh: true };
  const entries = await prepareBill(parts, tried, subscription, horizon, asking, looked);
  if (entries === undefined)
    throw unavailable('USAGE_PARTIAL', 'Usage is still being counted.', 5000);
  const posted = await parts.ledger.posted(organisationId, [[subscription.id, firstCycle]]);
  const billed = [...(posted.get(subscription.id)?.values() ?? [])].filter(
    ({ charge }) => charge.cycle <= lastCycle,
  );
  return { billed: sumOf(billed), simulated: sumOf(entries) };
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

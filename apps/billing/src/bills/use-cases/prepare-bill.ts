import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { planIn } from '../../catalogue/domain/currencies';
import { outOfTime, planKey, type Plan } from '../../catalogue/domain/plan';
import { reachesThreshold, type UsageThresholds } from '../../catalogue/domain/usage-thresholds';
import type { PlanStore } from '../../catalogue/store/plans';
import { planRefsOf } from '../../subscriptions/domain/fact';
import { factsOf } from '../../subscriptions/domain/facts-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { attempt, isFailure, type Attempted } from '../../usage/attempt';
import { gatherUsage, type Asking } from '../../usage/gather-usage';
import type { Metering } from '../../usage/metering';
import { UsageDeletedError } from '../../usage/metering-error';
import type { Entry, Posted } from '../domain/bill';
import { computeBill, dueObligations, usageIn } from '../domain/compute-bill';
import { afreshFrom, ledgerFrom, unpostedFrom } from '../domain/commitments/ledger-from';
import { firstCycleOf } from '../domain/look-back';
import type { Progress } from '../domain/moments';
import type { Agreement } from '../domain/agreement';
import { currencyOf, type BillScope, type CycleRange, type Horizon } from '../domain/obligations';
import type { LedgerStore } from '../store/ledger';
import { walletsOf, type BillWalletParts, type Wallets } from './wallets';

/** What computing a bill needs. */
export interface PrepareParts extends BillWalletParts {
  readonly plans: PlanStore;
  readonly ledger: LedgerStore;
  readonly metering: Metering;
  /** How many closed cycles can be adjusted: their adjustment windows are open. */
  readonly adjustCycles: number;
}

/** A bill that is to be computed. */
export interface WantedBill {
  readonly agreement: Agreement;
  readonly subscription: Subscription;
  readonly horizon: Horizon;
  /** Unset: from the first that is open or has changed, as far back as adjustment windows are open. */
  readonly cycles?: CycleRange;
  /** As if nothing had been billed. */
  readonly afresh?: boolean;
  /** From when on usage has changed since it was last billed; unset: it has not. */
  readonly changedMs?: number;
  /** How often it was tried, with this time. */
  readonly attempts: number;
  /** Stands for what bills would post that are not made. */
  readonly simulated?: ReadonlyMap<string, Posted>;
  /** When it falls due: promotional credits that are in effect then are taken off it. Unset: none are. */
  readonly dueMs?: number;
  /** It is made only where usage of its cycle has reached one of these. Unset: in any case. */
  readonly thresholds?: UsageThresholds;
  /** What credits the bills before it that are not made would have left. Unset: all that is left now. */
  readonly wallets?: Wallets;
}

/** What a bill would post, or why that is not known. */
type Prepared = Attempted<readonly Entry[]> | 'partial';

/** What a bill would post without credits, and what credits have been taken off in its cycles. */
interface Computed {
  readonly entries: readonly Entry[];
  readonly credited: readonly Posted[];
  /** What else has been billed of its cycles. */
  readonly billed: ReadonlyMap<string, Posted>;
}

/** A bill that looks at the cycles from one on. */
interface ScopedBill extends WantedBill {
  readonly firstCycle: number;
}

/** Every version of a plan of the organisation that the subscriptions were ever on, by `planKey`. */
export function plansOf(
  { plans }: Pick<PrepareParts, 'plans'>,
  organisationId: OrganisationId,
  subscriptions: readonly Subscription[],
  session?: ClientSession,
): Promise<Map<string, Plan>> {
  const refs = subscriptions.flatMap((subscription) => planRefsOf(factsOf(subscription)));
  return plans.findMany(organisationId, refs, session);
}

/** Everything that decides what the subscription owes, but for usage. */
export function agreementFrom(
  found: ReadonlyMap<string, Plan>,
  organisationId: OrganisationId,
  subscription: Subscription,
): Agreement {
  const facts = factsOf(subscription);
  const plans = new Map<string, Plan>();
  for (const key of planRefsOf(facts).map(planKey)) {
    const inAll = found.get(key);
    const plan = inAll && planIn(inAll, subscription.currencyCode);
    assert(plan !== undefined, 'a subscription has its plans, in its currency');
    plans.set(key, subscription.accountClock === true ? outOfTime(plan) : plan);
  }
  return { organisationId, subscription, facts, plans };
}

/** The same of one, which is read for it. */
export async function agreementOf(
  parts: Pick<PrepareParts, 'plans'>,
  organisationId: OrganisationId,
  subscription: Subscription,
  session?: ClientSession,
): Promise<Agreement> {
  const plans = await plansOf(parts, organisationId, [subscription], session);
  return agreementFrom(plans, organisationId, subscription);
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
 * What each of these bills of an organisation would post by its horizon, in their order; 'partial' where metering still
 * counts events from before a profile, or why it could not be computed. Usage and ledger are asked for all together.
 * Writes nothing, so that a preview is the same. A closed cycle whose usage metering can no longer tell stays as it was
 * billed, with those before it.
 */
export async function prepareBills(
  parts: PrepareParts,
  organisationId: OrganisationId,
  wanted: readonly WantedBill[],
  asking: Asking,
): Promise<Prepared[]> {
  const scoped = wanted.map((bill) => {
    return { ...bill, firstCycle: bill.cycles?.firstCycle ?? firstCycleIn(parts, bill) };
  });
  const computed = await prepareFrom(parts, organisationId, scoped, asking);
  const coverable = wanted.filter(({ dueMs, wallets }, index) => {
    const made = computed[index];
    return dueMs !== undefined && wallets === undefined && hasEntries(made);
  });
  const fresh = await walletsOf(parts, organisationId, coverable);
  return computed.map((made, index) => {
    const bill = wanted[index];
    if (bill?.dueMs === undefined || !hasEntries(made))
      return made === 'partial' || isFailure(made) ? made : made.entries;
    const { agreement, subscription, dueMs, wallets = fresh } = bill;
    const { accountId, id: subscriptionId, billed } = subscription;
    const currencyCode = currencyOf(agreement);
    const draft = { organisationId, subscriptionId, number: billed.bills, currencyCode, ...made };
    const credits = wallets.cover({ accountId, dueMs, ...draft });
    return [...made.entries, ...credits];
  });
}

function hasEntries(made: Attempted<Computed> | 'partial' | undefined): made is Computed {
  return made !== undefined && made !== 'partial' && !isFailure(made) && made.entries.length > 0;
}

async function prepareFrom(
  parts: PrepareParts,
  organisationId: OrganisationId,
  wanted: readonly ScopedBill[],
  asking: Asking,
): Promise<(Attempted<Computed> | 'partial')[]> {
  const prepared = await prepareScoped(parts, organisationId, wanted, asking);
  const isGone = (
    { subscription, firstCycle }: ScopedBill,
    outcome: Attempted<Computed> | 'partial' | undefined,
  ) =>
    firstCycle < subscription.cycle &&
    isFailure(outcome) &&
    outcome.failure instanceof UsageDeletedError;
  const gone = new Map(
    [...wanted.entries()]
      .filter(([index, bill]) => isGone(bill, prepared[index]))
      .map(([index, bill]) => [index, { ...bill, firstCycle: bill.firstCycle + 1 }]),
  );
  if (gone.size === 0) return prepared;
  const later = await prepareFrom(parts, organisationId, [...gone.values()], asking);
  for (const [place, index] of [...gone.keys()].entries())
    prepared[index] = later[place] ?? 'partial';
  return prepared;
}

async function prepareScoped(
  parts: PrepareParts,
  organisationId: OrganisationId,
  wanted: readonly ScopedBill[],
  asking: Asking,
): Promise<(Attempted<Computed> | 'partial')[]> {
  const scopes = wanted.map((bill): BillScope => {
    const { agreement, subscription, firstCycle, horizon, cycles, afresh } = bill;
    const { lastCycle = Infinity } = cycles ?? {};
    const openCycle = subscription.cycle;
    const scope = { ...{ firstCycle, lastCycle }, horizon: { ...horizon, openCycle } };
    // Of a cycle that waits for its grace nothing is posted of what it leaves to the next.
    if (horizon.usageOnly === true)
      return { ...scope, firstCycle: unpostedFrom(agreement, scope, openCycle) };
    // Where nothing was billed, what is before the cycles and counts in them is computed as well.
    return afresh === true ? { ...scope, firstCycle: afreshFrom(agreement, scope) } : scope;
  });
  const scopeOf = (index: number): BillScope => scopes[index] as BillScope;
  const dues = await Promise.all(
    wanted.map(({ agreement }, index) => attempt(() => dueObligations(agreement, scopeOf(index)))),
  );
  const needs = wanted.map(({ subscription, attempts }, index) => {
    const due = dues[index];
    return { subscription, attempts, due: due === undefined || isFailure(due) ? [] : due };
  });
  const usages = await gatherUsage(parts.metering, organisationId, needs, asking);
  const froms = wanted.map(({ agreement }, index) => ledgerFrom(agreement, scopeOf(index)));
  const postedOf = await parts.ledger.posted(
    organisationId,
    wanted.map(({ subscription: { id } }, index) => [id, froms[index] ?? 0]),
  );
  const prepared = wanted.map((bill, index) => {
    const { agreement, subscription, afresh = false, simulated = new Map() } = bill;
    const due = dues[index];
    const usage = usages[index];
    if (isFailure(due)) return due;
    if (usage === undefined || usage === 'partial' || isFailure(usage)) return usage ?? 'partial';
    return attempt((): Computed => {
      const scope = scopeOf(index);
      const billed = afresh ? undefined : postedOf.get(subscription.id);
      const posted = billed ?? new Map<string, Posted>();
      for (const [id, entry] of simulated)
        if (entry.charge.cycle >= (froms[index] ?? 0)) posted.set(id, entry);
      for (const [id, { charge }] of posted)
        if (charge.cycle > (scope.lastCycle ?? Infinity)) posted.delete(id);
      const credited = [...posted.values()].filter(({ charge }) => charge.credit !== undefined);
      for (const { charge } of credited) posted.delete(charge.id);
      const entries = computeBill(agreement, scope, usage, posted).filter(
        ({ charge }) => charge.cycle >= bill.firstCycle,
      );
      const isMade = bill.thresholds === undefined || isReached(bill, entries, posted);
      return { entries: isMade ? entries : [], credited, billed: posted };
    });
  });
  return Promise.all(prepared);
}

/** Whether the usage of its cycle comes to a threshold that had not been billed. */
function isReached(
  { agreement, firstCycle, thresholds }: ScopedBill,
  entries: readonly Entry[],
  posted: ReadonlyMap<string, Posted>,
): boolean {
  if (thresholds === undefined) return false;
  let billed = 0n;
  for (const { charge, roundedMinorUnits } of usageIn(posted).values())
    if (charge.cycle === firstCycle) billed += roundedMinorUnits;
  const lines = entries.flatMap((entry) => entry.lines);
  const owed = lines.reduce((sum, { minorUnits }) => sum + minorUnits, billed);
  return reachesThreshold(thresholds, { billed, owed, currencyCode: currencyOf(agreement) });
}

/** The first cycle that a bill looks at. */
export function firstCycleIn(
  { adjustCycles }: PrepareParts,
  { agreement, subscription, horizon, changedMs }: Omit<WantedBill, 'attempts'>,
): number {
  const changed = changedMs === undefined ? {} : { changedMs };
  const back = { ...horizon, ...changed, adjustCycles };
  return firstCycleOf(agreement, progressOf(subscription), back);
}

/** What one bill would post; undefined while it is partial. Throws what keeps it from being computed. */
export async function prepareBill(
  parts: PrepareParts,
  agreement: Agreement,
  subscription: Subscription,
  horizon: Horizon,
  asking: Asking,
  looked: Pick<
    WantedBill,
    'changedMs' | 'cycles' | 'afresh' | 'simulated' | 'dueMs' | 'wallets'
  > = {},
): Promise<readonly Entry[] | undefined> {
  const wanted = { agreement, subscription, horizon, attempts: 1, ...looked };
  const [prepared] = await prepareBills(parts, agreement.organisationId, [wanted], asking);
  if (isFailure(prepared)) throw prepared.failure;
  return prepared === 'partial' ? undefined : prepared;
}

import type { OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import type { Period } from '@billingrails/time';
import { mapBounded } from '@billingrails/waits';
import type { AccountStore } from '../../accounts/store/accounts';
import type { Plan } from '../../catalogue/domain/plan';
import { hearChanges, type HearParts } from '../../late/use-cases/hear-changes';
import {
  lookedChanges,
  withAdjustment,
  type BillingRules,
  type Mark,
} from '../../late/domain/adjustment';
import { lookAt, isWatchedAt } from '../../looks/domain/looks';
import { lookedBill } from '../../looks/use-cases/looked-bill';
import {
  endTrial,
  reachesTrialLimit,
  type EndTrialParts,
  TRIALS_AT_ONCE,
} from '../../looks/use-cases/trial-limits';
import type { DueOf } from '../../schedule/domain/due-of';
import type { Claim } from '../../schedule/store/due-doc';
import { rulesOf, type RulesParts } from '../../settings/use-cases/rules-of';
import { cyclePeriod } from '../../subscriptions/domain/subscription';
import { attempt, isFailure } from '../../usage/attempt';
import { dueObligations } from '../domain/compute-bill';
import { neededUsage } from '../domain/expected';
import { nextMoment, type Moment } from '../domain/moments';
import { dueOfBill } from '../domain/posted-bill';
import type { Agreement } from '../domain/agreement';
import { commitBills, type CommitParts, type Committed } from './commit-bills';
import { resultOf, type Payers } from './bill-result';
import {
  agreementFrom,
  firstCycleIn,
  plansOf,
  prepareBills,
  progressOf,
  type PrepareParts,
  type WantedBill,
} from './prepare-bill';

/**
 * billed: the bill, if there is one, its messages and the subscription's progress are committed. overtaken: another
 * replica had billed, or the subscription changed; nothing was written. partial: metering still counts events from
 * before a profile; nothing was written. waits: another bill of the same invoice cannot be made yet; nothing was
 * written. outspent: others have taken the credits that it takes; nothing was written. A failure: nothing was written,
 * or in an outage perhaps all.
 */
export type CloseOutcome = Committed | 'partial';

/** What billing subscriptions needs. */
export interface CloseParts
  extends PrepareParts, CommitParts, HearParts, RulesParts, EndTrialParts {
  readonly mongo: Mongo;
  readonly accounts: AccountStore;
  /** How often a bill is tried before others of its invoice go on without it. */
  readonly joinTries: number;
}

/** When claims are worked on, by the organisation's clock, and from when their next moment is due in real time. */
export interface CloseTimes {
  readonly closeMs: number;
  readonly dueOf: DueOf;
}

/** What is computed and committed together weighs at most so much: a subscription 1. */
const WEIGHT_MAX = 500;
/** Of usage that comes in as many pieces as the account has groups, or transactions. */
const PIECES_WEIGHT = 20;

/** A claim, what it is computed from, and what fell due of it first, if anything has. */
interface Work {
  readonly claim: Claim;
  readonly agreement: Agreement;
  readonly moment: Moment | undefined;
  readonly rules: BillingRules;
  /** What the bill looks at of what has changed of usage that was billed. */
  readonly mark?: Mark;
}

/** What it takes to compute it. */
interface WeighedWork extends Work {
  readonly weight: number;
}

/**
 * Bills what fell due first of each claimed subscription of an organisation: asks metering for every acknowledged
 * event's usage, computes the differences to what was billed, and commits. All of it is done for many together; what
 * cannot be billed, whatever the reason, keeps none of the others. The outcomes are in the order of the claims. Rejects
 * when the database cannot be reached; then nothing was written.
 */
export async function closeAll(
  parts: CloseParts,
  organisationId: OrganisationId,
  claims: readonly Claim[],
  times: CloseTimes,
  signal?: AbortSignal,
): Promise<CloseOutcome[]> {
  const subscriptions = claims.map(({ subscription }) => subscription);
  const plans = await plansOf(parts, organisationId, subscriptions);
  const accountIds = subscriptions.map(({ accountId }) => accountId);
  const payers = await parts.accounts.withPayers(organisationId, accountIds);
  const marks = await parts.marks.findMany(
    organisationId,
    subscriptions.map(({ id }) => id),
  );
  const rulesFor = await rulesOf(parts, organisationId, subscriptions);
  const outcomes = new Map<Claim, CloseOutcome>();
  const works: Work[] = [];
  for (const claim of claims) {
    const mark = marks.get(claim.subscription.id);
    const rules = rulesFor(claim.subscription);
    const work = await attempt(() => workOf(rules, plans, claim, mark, times));
    if (isFailure(work)) outcomes.set(claim, work);
    else works.push(work);
  }
  const going = await afterTrials(parts, organisationId, works, outcomes, signal);
  const heard = await heardOf(parts, organisationId, going, outcomes, signal);
  const weighty: WeighedWork[] = [];
  for (const work of heard) {
    const own = await attempt(() => weighed(parts, work));
    if (isFailure(own)) outcomes.set(work.claim, own);
    else weighty.push(own);
  }
  const batch = { organisationId, payers, times, outcomes, signal };
  for (const slice of slicesOf(weighty)) await closeSlice(parts, slice, batch);
  return claims.map((claim) => outcomes.get(claim) ?? 'overtaken');
}

function workOf(
  rules: BillingRules,
  plans: ReadonlyMap<string, Plan>,
  claim: Claim,
  mark: Mark | undefined,
  { closeMs, dueOf: { clock } }: CloseTimes,
): Work {
  const { organisationId, subscription, atMs } = claim;
  const agreement = agreementFrom(plans, organisationId, subscription);
  const progress = withAdjustment(agreement, progressOf(subscription), mark, rules);
  const next = nextMoment(agreement, progress, rules.graceMs);
  // What falls due before its next bill is a look: by the real time at all that is known by now.
  const isLook = next !== undefined && atMs < next.ms;
  const isWatched = isLook && isWatchedAt(agreement, rules, atMs);
  const moment = isWatched ? lookAt(clock === 'real' ? closeMs : atMs) : next;
  const isDue = moment !== undefined && moment.ms <= closeMs;
  return { claim, agreement, rules, moment: isDue ? moment : undefined };
}

/** Those but looks that end a trial, whose limit is reached: the subscription has changed then. */
async function afterTrials(
  parts: CloseParts,
  organisationId: OrganisationId,
  works: readonly Work[],
  outcomes: Map<Claim, CloseOutcome>,
  signal: AbortSignal | undefined,
): Promise<readonly Work[]> {
  if (!works.some(({ moment }) => moment?.looks === true)) return works;
  const asking = { waitForAcknowledged: true, ...(signal === undefined ? {} : { signal }) };
  const reached = await mapBounded(works, TRIALS_AT_ONCE, async (work) => {
    const { claim, agreement, rules, moment } = work;
    if (moment?.looks !== true) return false;
    const { subscription, attempts } = claim;
    return attempt(async () => {
      const looked = { agreement, subscription, rules, attempts };
      const outcome = await reachesTrialLimit(parts, looked, moment.ms, asking);
      if (outcome === true) await endTrial(parts, organisationId, subscription, moment.ms);
      return outcome;
    });
  });
  return works.filter(({ claim }, index) => {
    const outcome = reached[index];
    if (outcome === false || outcome === undefined) return true;
    outcomes.set(claim, outcome === true ? 'overtaken' : outcome);
    return false;
  });
}

/** Those of which it is known what has changed; what became of the others. */
async function heardOf(
  parts: CloseParts,
  organisationId: OrganisationId,
  works: readonly Work[],
  outcomes: Map<Claim, CloseOutcome>,
  signal: AbortSignal | undefined,
): Promise<Work[]> {
  // A look is at no closed cycle.
  const due = works.filter(({ moment }) => moment !== undefined && moment.looks !== true);
  const hearings = due.map(({ claim, agreement }) => ({ ...claim, agreement }));
  const marks = await hearChanges(parts, organisationId, hearings, signal);
  return works.flatMap((work): Work[] => {
    const mark = marks.get(work.claim.subscription.id);
    if (isFailure(mark)) {
      outcomes.set(work.claim, mark);
      return [];
    }
    const { claim, agreement, moment, rules } = work;
    const looked = moment && lookedChanges(agreement, claim.subscription, moment, mark, rules);
    return [looked === undefined ? work : { ...work, mark: looked }];
  });
}

function weighed(parts: CloseParts, work: Work): WeighedWork {
  const wanted = wantedOf(parts, work);
  if (wanted === undefined) return { ...work, weight: 1 };
  const { agreement, horizon, cycles = { firstCycle: firstCycleIn(parts, wanted) } } = wanted;
  const needed = neededUsage(dueObligations(agreement, { ...cycles, horizon }));
  const pieces = needed.byGroup.length + needed.transactions.length;
  return { ...work, weight: 1 + PIECES_WEIGHT * pieces };
}

/** The bill that is to be computed; undefined where nothing is due. */
function wantedOf(
  parts: CloseParts,
  { claim: { subscription, attempts }, agreement, moment, mark, rules }: Work,
): WantedBill | undefined {
  if (moment === undefined) return undefined;
  if (moment.looks === true)
    return lookedBill({ agreement, subscription, rules, attempts }, moment.ms);
  const { cycle, billed } = subscription;
  const { graceMs } = rules;
  const horizon = { untilMs: moment.ms, graceMs, openCycle: cycle };
  const changed = mark === undefined ? {} : { changedMs: mark.fromMs };
  const dueMs = dueOfBill(subscription, moment);
  const wanted = { agreement, subscription, horizon, attempts, dueMs, ...changed };
  if (moment.adjusts !== true || billed.untilMs === undefined) return wanted;
  const cycles = { firstCycle: firstCycleIn(parts, wanted), lastCycle: cycle - 1 };
  return { ...wanted, cycles, horizon: { ...horizon, untilMs: billed.untilMs } };
}

/** Where usage has changed in cycles so old that no bill looks at them any more; undefined where it has not. */
function missedOf(parts: CloseParts, work: Work): Period | undefined {
  if (work.mark === undefined) return undefined;
  const wanted = wantedOf(parts, work);
  if (wanted === undefined) return undefined;
  const { firstCycle } = wanted.cycles ?? { firstCycle: firstCycleIn(parts, wanted) };
  const { startMs: endMs } = cyclePeriod(wanted.subscription, firstCycle);
  const { fromMs: startMs } = work.mark;
  return startMs < endMs ? { startMs, endMs } : undefined;
}

/** What is to be one invoice stays together, however much it weighs. */
function slicesOf(works: readonly WeighedWork[]): Work[][] {
  const groups = new Map<unknown, WeighedWork[]>();
  for (const work of works) {
    const key = work.claim.jointKey ?? work;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [work]);
    else group.push(work);
  }
  const slices: Work[][] = [];
  let left = 0;
  for (const group of groups.values()) {
    const weight = group.reduce((sum, work) => sum + work.weight, 0);
    const slice = slices.at(-1);
    if (slice === undefined || weight > left) {
      slices.push([...group]);
      left = WEIGHT_MAX;
    } else slice.push(...group);
    left -= weight;
  }
  return slices;
}

/** What the slices of a batch have in common. */
interface Batch {
  readonly organisationId: OrganisationId;
  readonly payers: Payers;
  readonly times: CloseTimes;
  readonly outcomes: Map<Claim, CloseOutcome>;
  readonly signal: AbortSignal | undefined;
}

async function closeSlice(parts: CloseParts, works: readonly Work[], batch: Batch): Promise<void> {
  const { organisationId, payers, times, outcomes, signal } = batch;
  const wanted = works.flatMap((work) => wantedOf(parts, work) ?? []);
  const asking = { waitForAcknowledged: true, ...(signal === undefined ? {} : { signal }) };
  const prepared = await prepareBills(parts, organisationId, wanted, asking);
  const entriesOf = new Map(
    wanted.map(({ subscription }, index) => [subscription, prepared[index]]),
  );

  const results = [];
  for (const work of works) {
    const { claim, agreement, moment, mark, rules } = work;
    const entries = entriesOf.get(claim.subscription) ?? [];
    if (entries === 'partial' || isFailure(entries)) {
      outcomes.set(claim, entries);
      continue;
    }
    const missed = missedOf(parts, work);
    const due = moment && {
      ...{ moment, entries, closeMs: times.closeMs, mark },
      ...(missed === undefined ? {} : { missed }),
    };
    const time = { clock: times.dueOf.clock, presentMs: times.closeMs };
    const result = await attempt(() => resultOf(claim, agreement, payers, due, rules, time));
    if (isFailure(result)) outcomes.set(claim, result);
    else results.push(result);
  }
  const waitedFor = unmadeOf(outcomes, parts.joinTries);
  const ready = results.filter(({ claim }) => !waitedFor.has(claim.jointKey));
  for (const { claim } of results) if (waitedFor.has(claim.jointKey)) outcomes.set(claim, 'waits');
  for (const [claim, outcome] of await commitBills(parts, organisationId, ready, times.dueOf))
    outcomes.set(claim, outcome);
}

/** The invoices of which a bill cannot be made yet, and has not been tried too often. */
function unmadeOf(
  outcomes: ReadonlyMap<Claim, CloseOutcome>,
  joinTries: number,
): ReadonlySet<string | undefined> {
  const keys = new Set<string | undefined>();
  for (const [{ jointKey, attempts }, outcome] of outcomes)
    if (jointKey !== undefined && attempts < joinTries)
      if (outcome === 'partial' || isFailure(outcome)) keys.add(jointKey);
  return keys;
}

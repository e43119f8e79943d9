import { assert } from '@billingrails/errors';
import { derivedId } from '@billingrails/ids';
import { decimal, moneyText, toMoney, type Decimal } from '@billingrails/money';
import { rateCommitment, shareAmount, type CycleShare } from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import type { Commitment } from '../../../catalogue/domain/commitment';
import type { Fee } from '../../../catalogue/domain/fee';
import { planKey } from '../../../catalogue/domain/plan';
import { onceFor } from '../../../domain/once-for';
import { byEffect } from '../../../subscriptions/domain/fact';
import { newsOf } from '../../../subscriptions/domain/news';
import { cyclesOf } from '../../../subscriptions/domain/subscription';
import {
  endOf,
  isBilled,
  stretchesOf,
  termsAt,
  type Stretch,
  type Terms,
} from '../../../subscriptions/domain/terms';
import type { Agreement } from '../agreement';
import type { Posted } from '../bill';
import { exactAmount, type Charge } from '../charge';
import { isByUsage, type BillScope } from '../obligations';

/** The cycles of a commitment's span, both included, cut short where the subscription ends. */
export interface CommittedSpan {
  readonly first: number;
  readonly last: number;
}

/** What counts towards commitments: what is owed now, and of cycles before those that are looked at what was billed. */
export interface Counted {
  readonly charges: readonly Charge[];
  readonly earlier: readonly Posted[];
  /** ISO 4217. */
  readonly currencyCode: string;
}

const ZERO = decimal(0n);

/**
 * The spans that are due in the cycles of the scope: when their last cycle has ended and the grace is over. None where
 * nobody committed to anything.
 */
export function dueSpans(agreement: Agreement, scope: BillScope): CommittedSpan[] {
  if (!commits(agreement)) return [];
  const { subscription, facts } = agreement;
  const { untilMs, graceMs, openCycle = 0, running = false } = scope.horizon;
  const cycles = cyclesOf(subscription);
  const endMs = endOf(facts) ?? Infinity;
  const spans: CommittedSpan[] = [];
  let cycle = scope.firstCycle;
  while (cycles.period(cycle).startMs < endMs) {
    const span = spanOf(agreement, cycle);
    const last = cycles.period(span.last);
    const dueMs = Math.min(last.endMs, endMs) + (span.last < openCycle ? 0 : graceMs);
    const isDue = running ? last.startMs < untilMs : dueMs <= untilMs;
    if (!isDue || span.last > (scope.lastCycle ?? Infinity)) break;
    spans.push(span);
    cycle = span.last + 1;
  }
  return spans;
}

/** What is missing to the commitments of the spans that are due, or is beyond them: of each span one charge. Pure. */
export function commitmentCharges(
  agreement: Agreement,
  scope: BillScope,
  counted: Counted,
): Charge[] {
  return dueSpans(agreement, scope).flatMap((span) => {
    const committed = committedIn(agreement, span);
    const [begin, end] = [committed[0], committed.at(-1)];
    if (begin === undefined || end === undefined) return [];
    const { name, overageFactor } = end.commitment;
    const rated = rateCommitment({
      counted: countedIn(agreement, span, counted),
      committed: committed.reduce((sum, { amount }) => sum.add(amount), ZERO),
      overageFactor,
    });
    const period: Period = { startMs: begin.period.startMs, endMs: end.period.endMs };
    return [
      {
        id: chargeIdOf(agreement, span),
        kind: 'commitment',
        cycle: span.last,
        description: name,
        unit: '',
        parts: [{ period, rated }],
      },
    ];
  });
}

/** Where a span ends may change as long as it has not ended; where it begins does not. */
function chargeIdOf({ organisationId, subscription }: Agreement, { first }: CommittedSpan) {
  return derivedId('chg', organisationId, subscription.id, 'commitment', String(first));
}

/** What was committed to in a stretch of time. */
interface Committed {
  readonly commitment: Commitment;
  readonly period: Period;
  readonly amount: Decimal;
}

/**
 * What is committed to comes to its share of the span, of which every cycle is as large a part. There is a commitment
 * for the time in which usage is charged.
 */
function committedIn(agreement: Agreement, { first, last }: CommittedSpan): Committed[] {
  const committed: Committed[] = [];
  for (let number = first; number <= last; number += 1)
    for (const { commitment, ...stretch } of committedStretches(agreement, number)) {
      const share = shareOfSpan(stretch, number - first, commitment.cycles);
      const amount = shareAmount(commitment.amount, share);
      // A change by days leaves nothing of what it ends on its own date.
      if (!amount.isZero()) committed.push({ commitment, period: stretch.period, amount });
    }
  return committed;
}

type CommittedStretch = Pick<Stretch, 'period' | 'from' | 'until'> & Pick<Committed, 'commitment'>;

/** The stretches of a cycle in which something is committed to: it does not see what else changes meanwhile. */
function committedStretches(agreement: Agreement, number: number): CommittedStretch[] {
  const { subscription, facts } = agreement;
  const cycles = cyclesOf(subscription);
  const cycle = { number, period: cycles.period(number), whole: cycles.whole(number) };
  const joined: CommittedStretch[] = [];
  for (const { terms, period, from, until } of stretchesOf(
    newsOf(facts),
    cycle,
    subscription.timeZone,
    { recurring: true },
  )) {
    const commitment = commitmentOf(agreement, terms);
    if (commitment === undefined || !isBilled(terms, 'usage')) continue;
    const last = joined.at(-1);
    const goesOn = last?.commitment === commitment && last.period.endMs === period.startMs;
    const startMs = goesOn ? last.period.startMs : period.startMs;
    const whole = { commitment, period: { startMs, endMs: period.endMs }, until };
    if (goesOn) joined[joined.length - 1] = { ...whole, from: last.from };
    else joined.push({ ...whole, from });
  }
  return joined;
}

/** The share of a whole span that a stretch of one of its cycles is. */
function shareOfSpan(
  { from, until }: Pick<Stretch, 'from' | 'until'>,
  before: number,
  cycles: number,
): CycleShare {
  const within = ({ part, whole }: Stretch['from']) => ({
    part: BigInt(before) * whole + part,
    whole: BigInt(cycles) * whole,
  });
  return { from: within(from), until: within(until) };
}

/** The lines of the span's cycles, each charge as it is rounded: so lines and what is missing sum to the commitment. */
function countedIn(
  agreement: Agreement,
  { first, last }: CommittedSpan,
  { charges, earlier, currencyCode }: Counted,
): Decimal {
  const counts = countingFees(agreement);
  const isCounted = ({ kind, cycle, feeId }: Charge) =>
    kind !== 'discount' &&
    first <= cycle &&
    cycle <= last &&
    feeId !== undefined &&
    counts.has(feeId);
  let minorUnits = 0n;
  for (const charge of charges)
    if (isCounted(charge))
      minorUnits += toMoney(exactAmount(charge.parts), currencyCode).minorUnits;
  for (const { charge, roundedMinorUnits } of earlier)
    if (isCounted(charge)) minorUnits += roundedMinorUnits;
  return decimal(moneyText({ currencyCode, minorUnits }));
}

function countingFees({ plans, facts }: Agreement): ReadonlySet<string> {
  const fees = [
    ...[...plans.values()].flatMap((plan) => plan.fees),
    ...facts.flatMap((fact) => (fact.kind === 'fee_added' ? [fact.fee] : [])),
  ];
  return new Set(fees.filter(isCounting).map(({ id }) => id));
}

function isCounting(fee: Fee): boolean {
  return fee.counting === undefined ? isByUsage(fee) : fee.counting === 'counted';
}

function ownCommitment({ facts }: Agreement): Commitment | undefined {
  const [subscribed] = facts;
  return subscribed?.kind === 'subscribed' ? subscribed.commitment : undefined;
}

const commits = onceFor((agreement: Agreement): boolean => {
  if (ownCommitment(agreement) !== undefined) return true;
  return [...agreement.plans.values()].some(({ commitment }) => commitment !== undefined);
});

function commitmentOf(agreement: Agreement, terms: Terms): Commitment | undefined {
  const agreed = ownCommitment(agreement) ?? agreement.plans.get(planKey(terms))?.commitment;
  return agreed?.amount.isZero() === true ? undefined : agreed;
}

/**
 * The span that a cycle lies in. Spans follow each other from the first cycle on whose usage is charged; each is as
 * long as the commitment says that holds when it begins, and one cycle where none does.
 */
function spanOf(agreement: Agreement, cycle: number): CommittedSpan {
  let first = firstSpan(agreement);
  if (cycle < first) return { first: cycle, last: cycle };
  const changes = agreement.plans.size > 1;
  for (;;) {
    const length = lengthAt(agreement, first);
    if (!changes) first += length * Math.floor((cycle - first) / length);
    if (cycle < first + length) return cutShort(agreement, { first, last: first + length - 1 });
    first += length;
  }
}

/** The cycle that a trial ends in which charges no usage; otherwise the first. */
function firstSpan({ facts, subscription }: Agreement): number {
  const inOrder = byEffect(facts);
  const trial = inOrder.find((fact) => fact.kind === 'trial_started');
  const ended = inOrder.find((fact) => fact.kind === 'trial_ended');
  if (trial === undefined || ended === undefined || trial.billed === 'usage') return 0;
  const cycle = cyclesOf(subscription).at(ended.effectiveMs);
  assert(cycle !== undefined, 'a trial ends after its start');
  return cycle.number;
}

function lengthAt(agreement: Agreement, cycle: number): number {
  const { startMs } = cyclesOf(agreement.subscription).period(cycle);
  const terms = termsAt(agreement.facts, startMs);
  return (terms && commitmentOf(agreement, terms)?.cycles) ?? 1;
}

function cutShort({ subscription, facts }: Agreement, span: CommittedSpan): CommittedSpan {
  const endMs = endOf(facts);
  const ending = endMs === undefined ? undefined : cyclesOf(subscription).at(endMs - 1)?.number;
  return { first: span.first, last: Math.max(span.first, Math.min(span.last, ending ?? Infinity)) };
}

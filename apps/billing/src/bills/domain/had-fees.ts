import { assert } from '@billingrails/errors';
import type { Decimal } from '@billingrails/money';
import type { Fee } from '../../catalogue/domain/fee';
import { planKey, type PlanRef } from '../../catalogue/domain/plan';
import { onceFor } from '../../domain/once-for';
import { byEffect } from '../../subscriptions/domain/fact';
import {
  isBilled,
  termsAt,
  type CycleSpan,
  type Stretch,
  type Terms,
} from '../../subscriptions/domain/terms';
import type { Agreement } from './agreement';

/** A fee that is had, and the quantity that it is charged for where it is by quantity. */
export interface HadFee {
  readonly fee: Fee;
  readonly quantity: Decimal;
  /** Its place among the others: the plan's are first, then those of add-ons, then the subscription's own. */
  readonly rank: number;
  /** The plan or add-on that has it; unset for the subscription's own. */
  readonly planId?: PlanRef['planId'];
}

/** The fees that are had under the terms. */
export function feesIn({ plans, facts }: Agreement, terms: Terms): HadFee[] {
  const had = [terms, ...(terms.addOns ?? [])].flatMap((ref, index) => {
    const plan = plans.get(planKey(ref));
    assert(plan !== undefined, 'every plan of a subscription is given');
    const { planId, quantity } = ref;
    return plan.fees.map((fee): HadFee => ({ fee, quantity, rank: Math.min(index, 1), planId }));
  });
  const { quantity, feeChanges } = terms;
  const own = facts.flatMap((fact): HadFee[] =>
    fact.kind === 'fee_added' ? [{ fee: fact.fee, quantity, rank: 2 }] : [],
  );
  return [...had, ...own].filter(({ fee: { id } }) => feeChanges?.get(id)?.removed !== true);
}

/** A span that a fee is priced for, under terms. */
export type Priced = Pick<Stretch, 'period' | 'terms' | 'from' | 'until'>;

/** Where fees begin that are charged once, and where what begins with them goes on until it begins anew. */
export interface Beginning {
  readonly stretch: Priced;
  readonly had: readonly HadFee[];
}

/** Whether any fee of the agreement is charged once. */
const chargesOnce = onceFor(({ facts, plans }: Agreement) => {
  const own = facts.flatMap((fact) => (fact.kind === 'fee_added' ? [fact.fee] : []));
  const fees = [...[...plans.values()].flatMap((plan) => plan.fees), ...own];
  return fees.some(({ once }) => once === true);
});

/**
 * Where in a cycle fees are charged once, up to the horizon: where the plan, an add-on or a fee of its own begins, or
 * where, of one that had begun, what recurs is charged from then on. Another version or quantity begins nothing.
 */
export function beginningsIn(
  agreement: Agreement,
  { period }: CycleSpan,
  untilMs: number,
): Beginning[] {
  const { facts } = agreement;
  const own = facts.flatMap((fact) => (fact.kind === 'fee_added' ? [fact.fee] : []));
  if (!chargesOnce(agreement)) return [];
  const lastMs = Math.min(period.endMs - 1, untilMs);
  const instants = new Set(byEffect(facts).map(({ effectiveMs }) => effectiveMs));
  let begun = new Set<string>();
  return [...instants].flatMap((startMs): Beginning[] => {
    const terms = startMs > lastMs ? undefined : termsAt(facts, startMs);
    if (terms === undefined) return [];
    const keys = [terms, ...(terms.addOns ?? [])].map(({ planId }): string => planId);
    const there = own.filter(({ createMs }) => createMs <= startMs);
    const held = new Set([...keys, ...there.map(({ id }) => id)]);
    begun = new Set([...begun].filter((key) => held.has(key)));
    if (!isBilled(terms, 'recurring')) return [];
    const isNew = ({ fee, planId }: HadFee) => {
      const key = planId ?? fee.id;
      return held.has(key) && !begun.has(key);
    };
    const had = feesIn(agreement, terms).filter((each) => each.fee.once === true && isNew(each));
    begun = held;
    if (startMs < period.startMs || had.length === 0) return [];
    const whole = { from: { part: 0n, whole: 1n }, until: { part: 1n, whole: 1n } };
    return [{ stretch: { period: { startMs, endMs: period.endMs }, terms, ...whole }, had }];
  });
}

/** Those of one fee. Their spans follow each other. */
export function beginningsOf(
  beginnings: readonly Beginning[],
  { id }: Fee,
): { readonly stretch: Priced; readonly quantity: Decimal }[] {
  const own = beginnings.flatMap(({ stretch, had }) =>
    had.filter(({ fee }) => fee.id === id).map(({ quantity }) => ({ stretch, quantity })),
  );
  return own.map(({ stretch, quantity }, index) => {
    const endMs = own[index + 1]?.stretch.period.startMs ?? stretch.period.endMs;
    return { stretch: { ...stretch, period: { ...stretch.period, endMs } }, quantity };
  });
}

import { decimalText } from '@billingrails/money';
import { planKey } from '../../catalogue/domain/plan';
import { isListed, priceKey, type FeeChange } from '../../catalogue/domain/price-correction';
import { onceFor } from '../../domain/once-for';
import { byEffect, standing, type AddOn, type Fact } from './fact';

/** Of what a fact says what, as texts. */
type Said = readonly (readonly [of: string, what: string])[];

/** What is so of an add-on and of a fee while nobody has said anything of it. */
const UNSAID = new Set(['detached', 'listed']);

/**
 * The facts that stand, without changes that say what is so already when they take effect: they were said of an instant
 * that was to come, and what is owed is as if they had not been.
 */
export const newsOf = onceFor((facts: readonly Fact[]): readonly Fact[] => {
  const known = new Map<string, string>();
  const old = new Set<Fact>();
  for (const fact of byEffect(facts)) {
    const said = saidBy(fact);
    const isSo = ([of, what]: Said[number]) => (known.get(of) ?? unsaid(what)) === what;
    const isChange = said.length > 0 && fact.kind !== 'price_corrected';
    if (isChange && said.every(isSo)) old.add(fact);
    for (const [of, what] of said) known.set(of, what);
  }
  return old.size === 0 ? standing(facts) : standing(facts).filter((fact) => !old.has(fact));
});

function unsaid(what: string): string | undefined {
  return UNSAID.has(what) ? what : undefined;
}

/**
 * Whether a change is to be kept beside what was said before. Of the present nothing is that is so already. What is so
 * of an instant to come may become otherwise until then, or what makes it so be taken back: of it nothing is that was
 * said last of that very instant. Nor of what a fee costs at any, as prices may be corrected from the past on.
 */
export function isKept(before: readonly Fact[], change: Fact): boolean {
  if (change.effectiveMs <= change.knownMs && change.kind !== 'fee_changed')
    return newsOf([...before, change]).includes(change);
  const [[of] = []] = saidBy(change);
  const last = standing(before)
    .filter(({ effectiveMs }) => effectiveMs === change.effectiveMs)
    .filter((fact) => saidBy(fact).some(([other]) => other === of))
    .at(-1);
  return last === undefined || textOf(last) !== textOf(change);
}

function textOf(fact: Fact): string {
  return JSON.stringify([saidBy(fact), 'proration' in fact ? fact.proration : '']);
}

function saidBy(fact: Fact): Said {
  switch (fact.kind) {
    case 'subscribed':
      return [
        ['plan', planKey(fact)],
        ['quantity', decimalText(fact.quantity)],
      ];
    case 'plan_changed':
      return [['plan', planKey(fact)]];
    case 'quantity_changed':
      return [['quantity', decimalText(fact.quantity)]];
    case 'add_on_changed':
      return [[`add-on ${fact.planId}`, attachedText(fact)]];
    case 'fee_changed':
      return [[`fee ${fact.feeId}`, chargedText(fact)]];
    case 'price_corrected':
      return [[`fee ${fact.feeId}`, 'corrected']];
    case 'discount_added':
      return [[`discount ${fact.discountId}`, 'agreed']];
    case 'discount_removed':
      return [[`discount ${fact.discountId}`, 'gone']];
    case 'fee_added':
    case 'cancelled':
    case 'term_agreed':
    case 'paused':
    case 'resumed':
    case 'trial_started':
    case 'trial_ended':
    case 'taken_back':
    case 'one_off':
      return [];
  }
}

function attachedText({ planVersion, quantity }: AddOn): string {
  return quantity.isZero() ? 'detached' : `${planVersion} ${decimalText(quantity)}`;
}

function chargedText(change: FeeChange): string {
  const { price, groupPrices } = change;
  if (isListed(change)) return 'listed';
  return price === undefined ? 'removed' : priceKey({ price, ...(groupPrices && { groupPrices }) });
}

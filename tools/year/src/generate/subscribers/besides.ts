import { plansIn, type FeeBook, type PlanBook } from '@billingrails/recompute';
import { newPrice } from '../catalogue/new-price';
import type { Dice } from '../dice';
import type { Moment, Subscriber } from './subscriber';
import { prorationOf, whenOf } from './when';

/** What was said beside the plan; what is to come is one thing at a time. */
interface Said {
  readonly quantities: Map<string, string>;
  readonly fees: Map<string, string>;
  /** What has not come yet, and what there was before. */
  toCome?: { readonly ms: number; readonly what: 'add_on' | 'fee'; readonly undo: () => void };
}

/** An add-on, or a fee that is charged otherwise for one subscription; or that what is to come does not. */
export function liveBesides(addOns: readonly PlanBook[]) {
  const known = new WeakMap<Subscriber, Said>();
  return (subscriber: Subscriber, dice: Dice, moment: Moment): void => {
    const said: Said = known.get(subscriber) ?? { quantities: new Map(), fees: new Map() };
    known.set(subscriber, said);
    if (!dice.percent(9)) return;
    const { toCome } = said;
    if (toCome !== undefined && toCome.ms > moment.nowMs) {
      if (!dice.percent(40)) return;
      subscriber.facts.push({
        ...{ kind: 'undone', step: moment.step, what: toCome.what, ofMs: toCome.ms },
      });
      toCome.undo();
      delete said.toCome;
      return;
    }
    const own = plansIn(addOns, subscriber.plans[0]?.currency ?? '');
    if (dice.percent(55)) changeAddOn(subscriber, dice, moment, said, own);
    else changeFee(subscriber, dice, moment, said, own);
  };
}

function changeAddOn(
  subscriber: Subscriber,
  dice: Dice,
  { step, nowMs }: Moment,
  said: Said,
  addOns: readonly PlanBook[],
): void {
  const { name: addOn } = dice.oneOf(addOns);
  const before = said.quantities.get(addOn) ?? '0';
  const quantity = dice.oneOf(['0', '1', '2', '2.5', '7'].filter((other) => other !== before));
  const when = whenOf(dice, nowMs);
  const proration = prorationOf(dice);
  const ms = subscriber.fromMs(when, nowMs);
  if (ms >= subscriber.endMs) return;
  subscriber.facts.push({ kind: 'add_on', step, addOn, quantity, when, proration });
  keep(said, said.quantities, { key: addOn, value: quantity, ms, what: 'add_on' });
}

function changeFee(
  subscriber: Subscriber,
  dice: Dice,
  { step, nowMs }: Moment,
  said: Said,
  addOns: readonly PlanBook[],
): void {
  const { plan } = subscriber.at(nowMs);
  const attached = addOns.filter(({ name }) => (said.quantities.get(name) ?? '0') !== '0');
  const fee = dice.oneOf([...plan.fees, ...attached.flatMap(({ fees }) => fees)]);
  const what = dice.oneOf(['price', 'price', 'removed', 'listed'] as const);
  const price = newPrice(dice, plan, fee);
  const when = whenOf(dice, nowMs);
  const proration = prorationOf(dice);
  const ms = subscriber.fromMs(when, nowMs);
  const value = what === 'price' ? JSON.stringify(price) : what;
  if (ms >= subscriber.endMs || value === (said.fees.get(fee.name) ?? 'listed')) return;
  subscriber.facts.push({
    ...{ kind: 'fee', step, fee: fee.name, removed: what === 'removed', when, proration },
    ...(what === 'price' ? { price } : {}),
  });
  keep(said, said.fees, { key: fee.name, value, ms, what: 'fee' });
}

interface Kept {
  readonly key: FeeBook['name'];
  readonly value: string;
  readonly ms: number;
  readonly what: 'add_on' | 'fee';
}

function keep(said: Said, values: Map<string, string>, { key, value, ms, what }: Kept): void {
  const before = values.get(key);
  const undo = () => (before === undefined ? values.delete(key) : values.set(key, before));
  said.toCome = { ms, what, undo };
  values.set(key, value);
}

import type { TermsBook } from '../history';
import { usableUnits } from '../prices/terms';
import {
  compare,
  decimalText,
  greatest,
  least,
  minus,
  plus,
  rational,
  ZERO,
  type Rational,
} from '../rational';

/** Units that a cycle included and did not use. */
export interface Units {
  readonly cycle: number;
  readonly units: Rational;
}

/** What a part of a cycle leaves: of units that were carried into it, and of its own. */
export interface Left {
  readonly carried: readonly Units[];
  readonly own: Rational;
}

/** What can be used in a cycle of what was left before it: the newest are kept. */
export function carriedInto(left: readonly Units[], terms: TermsBook, cycle: number): Units[] {
  const { rolloverCycles, rolloverMaximum } = terms;
  if (rolloverCycles === undefined) return [];
  let room = rolloverMaximum === undefined ? undefined : rational(rolloverMaximum);
  const kept: Units[] = [];
  for (const each of [...left].sort((a, b) => b.cycle - a.cycle)) {
    if (each.cycle >= cycle || each.cycle < cycle - Number(rolloverCycles)) continue;
    const units = room === undefined ? each.units : least(room, each.units);
    if (room !== undefined) room = minus(room, units);
    if (compare(units, ZERO) > 0) kept.push({ cycle: each.cycle, units });
  }
  return kept.reverse();
}

/** What is left of it once a quantity is used; undefined where nothing rolls over. */
export function leftOf(
  carried: readonly Units[],
  terms: TermsBook,
  quantity: Rational,
): Left | undefined {
  if (terms.rolloverCycles === undefined) return undefined;
  let toUse = greatest(ZERO, usableUnits(terms, quantity));
  const after: Units[] = [];
  for (const { cycle, units } of carried) {
    const used = least(toUse, units);
    toUse = minus(toUse, used);
    if (compare(used, units) < 0) after.push({ cycle, units: minus(units, used) });
  }
  const included = rational(terms.includedUnits ?? '0');
  return { carried: after, own: minus(included, least(toUse, included)) };
}

/** What the parts of a cycle leave together for those after it. */
export function leftTogether(parts: readonly { readonly left?: Left }[], cycle: number): Units[] {
  const rolling = parts.flatMap(({ left }) => left ?? []);
  const own = rolling.reduce((sum, left) => plus(sum, left.own), ZERO);
  return [...(rolling.at(-1)?.carried ?? []), { cycle, units: own }];
}

/** The same where the same is left. */
export function leftText({ carried, own }: Left): string {
  const texts = carried.map(({ cycle, units }) => `${cycle}: ${decimalText(units)}`);
  return [...texts, decimalText(own)].join(', ');
}

import { decimal, type Decimal } from '@billingrails/money';
import type { CycleShare } from './cycle-share';
import { compareGroups, groupKey, type Group, type GroupValue } from './group';
import type { Price } from './price';
import { rate, type RatedCharge } from './rate';

/** A price for the usage of groups, and those that single groups have instead. */
export interface GroupedPrice {
  readonly price: Price;
  readonly groupPrices: readonly GroupPrice[];
}

/** The price of one group. */
export interface GroupPrice {
  readonly values: readonly GroupValue[];
  readonly price: Price;
}

/** What was used in a group. */
export interface GroupUsage {
  readonly group: Group;
  /** Tells groups apart whose values are of other properties, however they read: each is rated by itself. */
  readonly version?: number;
  readonly quantity: Decimal;
  readonly eventCount: bigint;
}

/** What is known of the part of a cycle that groups were used in; see `PricedUsage`. */
export interface GroupsPart {
  readonly share?: CycleShare;
  readonly amountBefore?: (of: Pick<GroupUsage, 'group' | 'version'>) => Decimal;
}

/** What a group comes to. */
export interface RatedGroup {
  readonly group: Group;
  /** As of its usage. */
  readonly version?: number;
  readonly rated: RatedCharge;
  readonly eventCount: bigint;
}

/**
 * Rates each group by itself: by its own price, or by that of all. What gets no charge of its own is added up and
 * rated as one, as the group `other`, by the price of all: the group `other` itself and, of the groups without a
 * price of their own, all but the `othersMax` of the greatest quantities (whatever their sign). A group in which
 * nothing was used is left out. The groups, which must differ, or be of other versions, come in the order of
 * `compareGroups`, then of versions.
 */
export function rateGroups(
  { price, groupPrices }: GroupedPrice,
  usages: readonly GroupUsage[],
  othersMax: number,
  { share, amountBefore }: GroupsPart = {},
): RatedGroup[] {
  const ownPrices = new Map(groupPrices.map((own) => [groupKey(own.values), own.price]));
  const priceOf = ({ group }: GroupUsage) => ownPrices.get(groupKey(group));
  const partOf = (usage: GroupUsage) => ({
    ...(share === undefined ? {} : { share }),
    ...(amountBefore === undefined ? {} : { amountBefore: amountBefore(usage) }),
  });
  const used = usages.filter(({ quantity, eventCount }) => !quantity.isZero() || eventCount > 0n);
  return foldGroups(used, (group) => ownPrices.has(groupKey(group)), othersMax)
    .sort(inOrder)
    .map((usage) => ({
      group: usage.group,
      ...(usage.version === undefined ? {} : { version: usage.version }),
      rated: rate(priceOf(usage) ?? price, { ...usage, ...partOf(usage) }),
      eventCount: usage.eventCount,
    }));
}

/**
 * The same usage with fewer groups: those that are kept by name, and of the others the `othersMax` of the greatest
 * quantities (whatever their sign); the rest, and the group `other` itself, is added up as the group `other`. To do so
 * with some of the groups, and then with what that gave and the next, comes to the same as to do it once with all.
 */
export function foldGroups(
  usages: readonly GroupUsage[],
  isKept: (group: Group) => boolean,
  othersMax: number,
): GroupUsage[] {
  const kept = usages.filter(({ group }) => isKept(group));
  const others = usages.filter(({ group }) => !isKept(group));
  const shown = others
    .filter(({ group }) => group !== 'other')
    .sort(byQuantity)
    .slice(0, othersMax);
  const isShown = new Set(shown);
  const rest = others.filter((usage) => !isShown.has(usage));
  return [...kept, ...shown, ...(rest.length === 0 ? [] : [together(rest)])];
}

function byQuantity(a: GroupUsage, b: GroupUsage): number {
  return b.quantity.abs().cmp(a.quantity.abs()) || inOrder(a, b);
}

function inOrder(a: GroupUsage, b: GroupUsage): number {
  return compareGroups(a.group, b.group) || (a.version ?? 0) - (b.version ?? 0);
}

function together(usages: readonly GroupUsage[]): GroupUsage {
  return {
    group: 'other',
    quantity: usages.reduce((sum, { quantity }) => sum.add(quantity), decimal(0n)),
    eventCount: usages.reduce((sum, { eventCount }) => sum + eventCount, 0n),
  };
}

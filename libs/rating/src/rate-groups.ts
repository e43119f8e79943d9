import { decimal, type Decimal } from '@billingrails/money';
import { compareGroups, groupKey, type Group, type GroupValue } from './group';
import type { Price } from './models/registry';
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
  readonly quantity: Decimal;
  readonly eventCount: bigint;
}

/** What a group comes to. */
export interface RatedGroup {
  readonly group: Group;
  readonly rated: RatedCharge;
  readonly eventCount: bigint;
}

/**
 * Rates each group by itself: by its own price, or by that of all. What gets no charge of its own is added up and rated
 * as one, as the group `other`, by the price of all: the group `other` itself and, of the groups without a price of their
 * own, all but the `othersMax` of the greatest quantities (whatever their sign). A group in which nothing was used is
 * left out. The groups, which must differ, come in the order of `compareGroups`.
 */
export function rateGroups(
  { price, groupPrices }: GroupedPrice,
  usages: readonly GroupUsage[],
  othersMax: number,
): RatedGroup[] {
  const ownPrices = new Map(groupPrices.map((own) => [groupKey(own.values), own.price]));
  const priceOf = ({ group }: GroupUsage) => ownPrices.get(groupKey(group));
  const used = usages.filter(({ quantity, eventCount }) => !quantity.isZero() || eventCount > 0n);
  const others = used.filter((usage) => priceOf(usage) === undefined);
  const shown = new Set(
    others
      .filter(({ group }) => group !== 'other')
      .sort(byQuantity)
      .slice(0, othersMax),
  );
  const rest = others.filter((usage) => !shown.has(usage));
  const named = [...used.filter((usage) => priceOf(usage) !== undefined), ...shown];
  return [...named, ...(rest.length === 0 ? [] : [together(rest)])]
    .sort((a, b) => compareGroups(a.group, b.group))
    .map((usage) => ({
      group: usage.group,
      rated: rate(priceOf(usage) ?? price, usage),
      eventCount: usage.eventCount,
    }));
}

function byQuantity(a: GroupUsage, b: GroupUsage): number {
  return b.quantity.abs().cmp(a.quantity.abs()) || compareGroups(a.group, b.group);
}

function together(usages: readonly GroupUsage[]): GroupUsage {
  return {
    group: 'other',
    quantity: usages.reduce((sum, { quantity }) => sum.add(quantity), decimal(0n)),
    eventCount: usages.reduce((sum, { eventCount }) => sum + eventCount, 0n),
  };
}

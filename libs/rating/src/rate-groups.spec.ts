import { decimal, decimalText, type Decimal } from '@billingrails/money';
import fc from 'fast-check';
import {
  compareGroups,
  foldGroups,
  groupKey,
  groupText,
  rate,
  rateGroups,
  type Group,
  type GroupPrice,
  type GroupUsage,
  type GroupValue,
  type Price,
} from './index';

const value: fc.Arbitrary<GroupValue> = fc.oneof(
  fc.constantFrom<GroupValue>('eu', 'us', '', '5', 5, 0, -1.5, true, false, null),
  fc.string({ maxLength: 4 }),
  fc.integer(),
);
const values = fc.array(value, { minLength: 1, maxLength: 3 });
const group: fc.Arbitrary<Group> = fc.oneof(
  { weight: 9, arbitrary: values },
  fc.constant<Group>('other'),
);
const quantity = fc
  .bigInt({ min: -(10n ** 12n), max: 10n ** 12n })
  .map((parts) => decimal(parts).mul(decimal('0.001')));
const usages: fc.Arbitrary<GroupUsage[]> = fc.uniqueArray(
  fc.record({ group, quantity, eventCount: fc.bigInt({ min: 0n, max: 3n }) }),
  { selector: (usage) => groupKey(usage.group), maxLength: 20 },
);
const perUnit: fc.Arbitrary<Price> = fc
  .nat(1000)
  .map((unitAmount) => ({ kind: 'perUnit', unitAmount: decimal(unitAmount) }));
const graduated: fc.Arbitrary<Price> = fc
  .tuple(fc.integer({ min: 1, max: 1_000_000 }), fc.nat(9), fc.nat(9))
  .map(([upTo, unit, flat]) => ({
    kind: 'graduated',
    tiers: [
      { upTo: decimal(upTo), unitAmount: decimal(unit), flatAmount: decimal(flat) },
      { unitAmount: decimal(1), flatAmount: decimal(flat) },
    ],
  }));
const anyPrice = fc.oneof(perUnit, graduated);
/** Usages, and prices of their own for some of them and for a group that was not used. */
const scene = fc
  .tuple(usages, anyPrice, fc.nat(25), fc.array(fc.option(anyPrice), { maxLength: 20 }))
  .map(([used, price, othersMax, prices]) => {
    const groupPrices = used.flatMap((usage, index): GroupPrice[] => {
      const own = prices[index];
      return own && usage.group !== 'other' ? [{ values: usage.group, price: own }] : [];
    });
    const unused = { values: ['not', 'used', 'at all'], price };
    return { used, price, othersMax, groupPrices: [...groupPrices, unused] };
  });

const sum = (parts: readonly Decimal[]) =>
  parts.reduce((total, part) => total.add(part), decimal(0n));
const count = (parts: readonly { readonly eventCount: bigint }[]) =>
  parts.reduce((total, { eventCount }) => total + eventCount, 0n);

test("the groups' quantities and events sum to those of the whole, however many have a charge of their own", () => {
  fc.assert(
    fc.property(scene, ({ used, othersMax, ...prices }) => {
      const groups = rateGroups(prices, used, othersMax);
      expect(sum(groups.map(({ rated }) => rated.quantity))).toEqual(
        sum(used.map((usage) => usage.quantity)),
      );
      expect(count(groups)).toBe(count(used));
    }),
    { numRuns: 300 },
  );
});

test('by one price for each unit, the groups come to exactly what all of them together do', () => {
  fc.assert(
    fc.property(usages, perUnit, fc.nat(25), (used, price, othersMax) => {
      const groups = rateGroups({ price, groupPrices: [] }, used, othersMax);
      const quantity = sum(used.map((usage) => usage.quantity));
      const whole = rate(price, { quantity, eventCount: 0n });
      expect(sum(groups.map(({ rated }) => rated.amount))).toEqual(whole.amount);
    }),
  );
});

test('each group is rated by itself, by its own price or else by that of all; the other groups as one', () => {
  fc.assert(
    fc.property(scene, ({ used, price, groupPrices, othersMax }) => {
      for (const { group, rated } of rateGroups({ price, groupPrices }, used, othersMax)) {
        const own = groupPrices.find(({ values }) => groupKey(values) === groupKey(group));
        const usage = { quantity: rated.quantity, eventCount: 0n };
        expect(rated).toEqual(rate(own?.price ?? price, usage));
        const asked = used.find((usage) => groupKey(usage.group) === groupKey(group));
        if (group !== 'other') expect(rated.quantity).toEqual(asked?.quantity);
      }
    }),
  );
});

test('a group with a price of its own always has its charge; of the others at most as many as asked, the greatest', () => {
  fc.assert(
    fc.property(scene, ({ used, price, groupPrices, othersMax }) => {
      const groups = rateGroups({ price, groupPrices }, used, othersMax);
      const owned = new Set(groupPrices.map(({ values }) => groupKey(values)));
      const shown = new Set(groups.map(({ group }) => groupKey(group)));
      const present = used.filter((usage) => !usage.quantity.isZero() || usage.eventCount > 0n);
      const others = present.filter(
        (usage) => usage.group !== 'other' && !owned.has(groupKey(usage.group)),
      );
      for (const usage of present)
        if (owned.has(groupKey(usage.group))) expect(shown).toContain(groupKey(usage.group));
      const kept = others.filter((usage) => shown.has(groupKey(usage.group)));
      const left = others.filter((usage) => !shown.has(groupKey(usage.group)));
      expect(kept).toHaveLength(Math.min(othersMax, others.length));
      for (const small of left)
        for (const great of kept) expect(small.quantity.abs().lte(great.quantity.abs())).toBe(true);
    }),
  );
});

test('groups come in the order of their values, each once, the other groups last, whatever order they were given in', () => {
  fc.assert(
    fc.property(scene, ({ used, price, groupPrices, othersMax }) => {
      const groups = rateGroups({ price, groupPrices }, used, othersMax);
      for (let index = 1; index < groups.length; index += 1) {
        const [before, after] = [groups[index - 1]?.group, groups[index]?.group];
        expect(compareGroups(before ?? 'other', after ?? 'other')).toBeLessThan(0);
      }
      const reversed = rateGroups({ price, groupPrices }, [...used].reverse(), othersMax);
      expect(reversed).toEqual(groups);
    }),
  );
});

test('a group in which nothing was used has no charge', () => {
  const price: Price = { kind: 'perUnit', unitAmount: decimal(2) };
  const used: GroupUsage[] = [
    { group: ['eu'], quantity: decimal(0), eventCount: 0n },
    { group: ['us'], quantity: decimal(0), eventCount: 2n },
    { group: ['asia'], quantity: decimal('1.5'), eventCount: 0n },
  ];
  const groups = rateGroups({ price, groupPrices: [] }, used, 10);
  expect(groups.map(({ group, rated }) => [group, decimalText(rated.amount)])).toEqual([
    [['asia'], '3'],
    [['us'], '0'],
  ]);
});

test('groups are told apart by type and value, and ordered null, booleans, numbers, texts', () => {
  const ordered: Group[] = [[null], [false], [true], [-1], [5], [10], [''], ['5'], ['a'], ['a', 1]];
  const shuffled = [...ordered].reverse().sort(compareGroups);
  expect(shuffled).toEqual(ordered);
  expect(new Set(ordered.map(groupKey)).size).toBe(ordered.length);
  expect([['eu', null, 5], [true, ''], 'other' as const].map(groupText)).toEqual([
    'eu, none, 5',
    'true, ""',
    'other groups',
  ]);
});

test('groups folded some at a time come to the same as folded all at once, and rate to the same', () => {
  fc.assert(
    fc.property(
      scene,
      fc.integer({ min: 1, max: 7 }),
      ({ used, price, othersMax, groupPrices }, size) => {
        const priced = new Set(groupPrices.map(({ values }) => groupKey(values)));
        const isKept = (group: Group) => priced.has(groupKey(group));
        let folded: GroupUsage[] = [];
        for (let from = 0; from < used.length; from += size) {
          folded = foldGroups([...folded, ...used.slice(from, from + size)], isKept, othersMax);
        }
        const plain = (some: readonly GroupUsage[]) =>
          some
            .map(
              ({ group, quantity, eventCount }) =>
                `${groupKey(group)} ${decimalText(quantity)} ${eventCount}`,
            )
            .sort();
        expect(plain(folded)).toEqual(plain(foldGroups(used, isKept, othersMax)));
        const rated = (some: readonly GroupUsage[]) =>
          rateGroups({ price, groupPrices }, some, othersMax);
        expect(rated(folded)).toEqual(rated(used));
      },
    ),
  );
});

test('groups of other versions are rated each by itself, by the price of their values', () => {
  const alike = { group: ['eu'], quantity: decimal(2), eventCount: 1n };
  const price: Price = { kind: 'perUnit', unitAmount: decimal(1) };
  const groupPrices = [{ values: ['eu'], price: { ...price, unitAmount: decimal(10) } }];
  const usage = [
    { ...alike, version: 2 },
    { ...alike, version: 1 },
  ];
  const rated = rateGroups({ price, groupPrices }, usage, 10);
  expect(rated.map(({ version, rated: { amount } }) => [version, decimalText(amount)])).toEqual([
    [1, '20'],
    [2, '20'],
  ]);
});

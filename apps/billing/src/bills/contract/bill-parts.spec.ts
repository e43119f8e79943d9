import type { AccountId, FeeId, MeterId } from '@billingrails/ids';
import { decimal } from '@billingrails/money';
import { OUTBOX_DATA_BYTES_MAX } from '@billingrails/mongo';
import type { GroupUsage, Price } from '@billingrails/rating';
import { fromBinary } from '@bufbuild/protobuf';
import { BillPartSchema } from '@billingrails/contracts/billingrails/bus/v1/bill_part_pb';
import { MONTHLY_FROM_START, NOT_BILLED } from '../../subscriptions/domain/subscription';
import { GROUPS_MAX } from '../domain/expected';
import { chargesOf, closeCycle, type CycleInput } from '../domain/testing/close-cycle';
import { linesToProto } from './bill';
import { billPartBytes } from './bill-parts';
import { profileKey, type Fee } from '../../catalogue/domain/fee';
import { FEES_MAX, TIERS_MAX, tooManyFees } from '../../catalogue/domain/fee-limits';

const longest = `${'9'.repeat(20)}.${'9'.repeat(18)}`;
const name = '\u{1F600}'.repeat(128);
const unit = '\u{1F600}'.repeat(64);
const names = { accountName: name, planName: name, payerAccountName: name };
/** As long as sums are, with the fraction of levels that are held for milliseconds. */
const quantity = decimal(`${'9'.repeat(34)}.${'9'.repeat(21)}`);
/** Of a hundred groups it still fits an int64. */
const eventCount = 2n ** 55n;

function tiersOf(count: number): Price {
  const tiers = Array.from({ length: count }, (_, tier) => ({
    ...(tier < count - 1
      ? { upTo: decimal(`${10n ** 19n + BigInt(tier)}.${'1'.repeat(18)}`) }
      : {}),
    unitAmount: decimal(longest),
    flatAmount: decimal(longest),
  }));
  return { kind: 'graduated', tiers };
}

function feeOf(owner: string, index: number, price: Price): Fee {
  return {
    id: `fee_${owner}${String(index).padStart(25, '0')}` as FeeId,
    name,
    price,
    meterProfile: {
      meterId: `mtr_${'7'.repeat(26)}` as MeterId,
      profile: `p${owner}${index}`.padEnd(64, 'p'),
    },
    unit,
    createMs: 0,
  };
}

/** As many fees, tiers, characters and digits as a plan or a subscription may hold. */
function fullList(owner: string): Fee[] {
  const wide = Math.floor((TIERS_MAX - FEES_MAX) / 49);
  return Array.from({ length: FEES_MAX }, (_, index) =>
    feeOf(owner, index, tiersOf(index < wide ? 50 : 1)),
  );
}

const longGroup = (index: number) =>
  ['a', 'b', 'c'].map((text) => `${text}${index}`.padEnd(64, '\u20ac'));

/** As many group prices, in fees of a hundred, as a plan or a subscription may hold. */
function fullGroups(owner: string): Fee[] {
  const fees: Fee[] = [];
  for (let count = 100; count > 0;) {
    const groupPrices = Array.from({ length: count }, (_, index) => ({
      values: longGroup(index),
      price: tiersOf(1),
    }));
    const fee = { ...feeOf(owner, fees.length, tiersOf(1)), groupPrices };
    if (tooManyFees([...fees, fee]) === undefined) fees.push(fee);
    else count -= 1;
  }
  return fees;
}

function inputOf(planFees: Fee[], ownFees: Fee[], groups: GroupUsage[] = []) {
  const profiles = [...planFees, ...ownFees].flatMap(({ meterProfile }) =>
    meterProfile ? [profileKey(meterProfile)] : [],
  );
  const input: CycleInput = {
    organisationId: 'org_1',
    subscription: {
      id: 'sub_1',
      accountId: 'a'.repeat(128) as AccountId,
      planId: 'plan_1',
      planVersion: 1,
      startMs: 0,
      timeZone: 'America/Argentina/ComodRivadavia',
      currencyCode: 'USD',
      fees: ownFees,
      quantity: decimal(1n),
      changes: [],
      ...MONTHLY_FROM_START,
      billed: NOT_BILLED,
      cycle: 0,
      createMs: 0,
    },
    plan: {
      ...{ id: 'plan_1', version: 1, status: 'published', role: 'plan', name, currencyCode: 'USD' },
      fees: planFees,
      createMs: 0,
    },
    usages: new Map(profiles.map((key) => [key, { quantity, eventCount }])),
    groupUsages: new Map(profiles.map((key) => [key, groups])),
    closeMs: Date.UTC(2000, 0),
  };
  return input;
}

/** The bill, and the lines of its messages in their order. */
function travelled(input: CycleInput) {
  const bill = closeCycle(input);
  const parts = billPartBytes('org_1', [{ bill, names, isTest: false }], new Map());
  const messages = parts.map((data) => fromBinary(BillPartSchema, data));
  expect(messages.map(({ part }) => part)).toEqual(parts.map((_, index) => index));
  for (const { partCount } of messages) expect(partCount).toBe(parts.length);
  for (const data of parts) expect(data.byteLength).toBeLessThanOrEqual(OUTBOX_DATA_BYTES_MAX);
  const ids = messages.flatMap(({ lines }) => lines.map(({ id }) => id));
  expect(ids).toEqual(linesToProto(bill).map(({ id }) => id));
  expect(new Set(ids).size).toBe(ids.length);
  return { bill, parts };
}

test('the fullest bill that fees and tiers allow travels whole, in messages that fit the bus', () => {
  const { bill, parts } = travelled(inputOf(fullList('a'), fullList('b')));
  expect(chargesOf(bill)).toHaveLength(2 * FEES_MAX);
  expect(parts.length).toBeGreaterThan(1);
});

test('the fullest bill that group prices allow travels whole, with a charge for each', () => {
  const [planFees, ownFees] = [fullGroups('a'), fullGroups('b')];
  const groups = Array.from({ length: 200 }, (_, index) => ({
    group: longGroup(index),
    quantity,
    eventCount,
  }));
  const { bill, parts } = travelled(inputOf(planFees, ownFees, groups));
  expect(parts.length).toBeGreaterThan(1);
  const priced = [...planFees, ...ownFees].reduce(
    (sum, fee) => sum + (fee.groupPrices?.length ?? 0),
    0,
  );
  const charged = chargesOf(bill).filter(({ group }) => group !== 'other');
  expect(charged.length).toBeGreaterThanOrEqual(priced);
});

test('a small bill is one message', () => {
  expect(travelled(inputOf([], [])).parts).toHaveLength(1);
});

test('a line says the plan of its fee where that is another than the plan of the bill', () => {
  const flat: Price = { kind: 'flat', amount: decimal(1n) };
  const [own, other] = [feeOf('a', 0, flat), feeOf('b', 0, flat)].map(
    ({ meterProfile: _none, ...fee }): Fee => fee,
  );
  const fees = [own, other].flatMap((fee) => fee ?? []);
  const bill = closeCycle(inputOf(fees, []));
  const otherPlans = new Map(other === undefined ? [] : [[other.id, 'plan_2' as const]]);
  const [data] = billPartBytes(
    'org_1',
    [{ bill, names, otherPlans, isTest: false }],
    new Map(),
  ).map((bytes) => fromBinary(BillPartSchema, bytes));
  expect(data?.bill?.planId).toBe('plan_1');
  expect(data?.lines.map(({ planId }) => planId)).toEqual(['', 'plan_2']);
});

const groupsOf = (count: number): GroupUsage[] =>
  Array.from({ length: count }, (_, index) => ({
    group: [`group ${String(index).padStart(4, '0')}`],
    quantity: decimal(index + 1),
    eventCount: 1n,
  }));

test.each([
  ['a thousand groups of a fee have a charge each', 1, 1000, 1, GROUPS_MAX],
  ['of more groups the smallest are one charge', 1, 3000, 1, GROUPS_MAX + 1],
  ['of those with prices of many steps as many as have five thousand of them', 50, 1000, 50, 101],
])('%s', (_what, tierCount, groupCount, upTo, charges) => {
  const tiers = Array.from({ length: tierCount }, (_, tier) => ({
    ...(tier < tierCount - 1 ? { upTo: decimal(`0.${String(tier + 1).padStart(2, '0')}`) } : {}),
    unitAmount: decimal(1),
    flatAmount: decimal(0),
  }));
  const fee = {
    ...feeOf('a', 0, { kind: 'graduated', tiers }),
    name: 'Calls',
    unit: 'call',
    groupPrices: [],
  };
  const { bill } = travelled(inputOf([fee], [], groupsOf(groupCount)));
  expect(bill.entries).toHaveLength(charges);
  expect(chargesOf(bill)[0]?.rated.steps).toHaveLength(upTo);
});

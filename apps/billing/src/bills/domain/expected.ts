import { assert } from '@billingrails/errors';
import { decimal, type Decimal } from '@billingrails/money';
import {
  cappedAmount,
  carriedAfter,
  carriedInto,
  compareGroups,
  freePart,
  groupKey,
  groupText,
  leftAfter,
  lessPercents,
  rate,
  rateGroups,
  readsTransactions,
  stepsMax,
  type CarriedUnits,
  type CycleShare,
  type FreePart,
  type Group,
  type GroupUsage,
  type Transactions,
} from '@billingrails/rating';
import type { Period } from '@billingrails/time';
import { profileKey, type MeterProfile } from '../../catalogue/domain/fee';
import { cyclesOf } from '../../subscriptions/domain/subscription';
import type { Posted } from './bill';
import { chargeIdOf, type Charge, type ChargeIdentity, type Part } from './charge';
import type { Agreement } from './agreement';
import { percentsOff } from './discounts';
import { isByUsage, type CycleRange, type Obligation, type ObligedSpan } from './obligations';

/** What metering counted for a profile in a span. */
export interface Usage {
  /** Unset where the aggregation has no value: max, min and latest without events. */
  readonly quantity?: Decimal;
  readonly eventCount: bigint;
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion?: number;
  /** What the events reported one by one: of what `neededUsage` says. */
  readonly transactions?: readonly Transactions[];
}

/** Usage of each group of a profile. */
export interface GroupedUsage {
  readonly groups: readonly GroupUsage[];
  /** The newest version of the profile that it was counted by. */
  readonly profileVersion?: number;
}

/** Usage that expected charges need to know. */
export interface NeededUsage {
  readonly meterProfile: MeterProfile;
  readonly period: Period;
}

/** Events that expected charges need to know one by one. */
export interface NeededTransactions extends NeededUsage {
  /** What the prices leave free of the first of them. */
  readonly free: readonly FreePart[];
}

/** The answers, by `usageKey`: of all groups together, and of each group. */
export interface Usages {
  readonly whole: ReadonlyMap<string, Usage>;
  readonly byGroup: ReadonlyMap<string, GroupedUsage>;
}

const ZERO = decimal(0n);
const ONCE = decimal(1n);

/** The most groups without a price of their own that have a charge of their own, in all fees by group together. */
export const GROUPS_MAX = 1000;

/** The most steps in the charges of such groups together. */
const GROUP_STEPS_MAX = 5000;

/** Tells questions apart. */
export function usageKey({ meterProfile, period }: NeededUsage): string {
  return `${profileKey(meterProfile)}/${period.startMs}/${period.endMs}`;
}

/** What `expectedCharges` must be given for these obligations, each once. */
export interface Questions {
  readonly whole: readonly NeededUsage[];
  readonly byGroup: readonly NeededUsage[];
  /** Those of `whole` whose events must be told one by one. */
  readonly transactions: readonly NeededTransactions[];
}

/** See `Questions`. */
export function neededUsage(obligations: readonly Obligation[]): Questions {
  const whole = new Map<string, NeededUsage>();
  const byGroup = new Map<string, NeededUsage>();
  const transactions = new Map<string, NeededTransactions>();
  for (const { spans } of obligations) {
    for (const { fee, period } of spans) {
      const { meterProfile, groupPrices, price } = fee;
      if (meterProfile === undefined) continue;
      const question = { meterProfile, period };
      const key = usageKey(question);
      (groupPrices === undefined ? whole : byGroup).set(key, question);
      if (groupPrices !== undefined || !readsTransactions(price)) continue;
      const part = freePart(price);
      const before = transactions.get(key)?.free ?? [];
      const free = part === undefined ? before : [...before, part];
      transactions.set(key, { ...question, free });
    }
  }
  const listed = <T>(questions: Map<string, T>) => [...questions.values()];
  return { whole: listed(whole), byGroup: listed(byGroup), transactions: listed(transactions) };
}

/** The groups of a profile, by `groupKey`, that any of the fees has a price for. */
export function pricedGroups(
  obligations: readonly Obligation[],
  meterProfile: MeterProfile,
): Set<string> {
  const fees = obligations.flatMap(({ spans }) => spans.map(({ fee }) => fee));
  const ofProfile = fees.filter(
    (fee) =>
      fee.meterProfile !== undefined && profileKey(fee.meterProfile) === profileKey(meterProfile),
  );
  const priced = ofProfile.flatMap(({ groupPrices = [] }) => groupPrices);
  return new Set(priced.map(({ values }) => groupKey(values)));
}

/**
 * The charges that the obligations come to, in their order; of a fee by group one for each group that was used. Pure.
 */
export function expectedCharges(
  agreement: Agreement,
  obligations: readonly Obligation[],
  usages: Usages,
  { groupsShown = GROUPS_MAX, earlier = [] }: Beside = {},
): Charge[] {
  const left = leftOf(earlier);
  return obligations.flatMap((obligation) => {
    const { fee, cycle, spans } = obligation;
    if (fee.groupPrices !== undefined) {
      const grouped = obligations.filter(
        (other) => other.cycle === cycle && other.fee.groupPrices !== undefined,
      );
      return groupCharges(
        agreement,
        obligation,
        usages,
        groupsMax(spans, grouped.length, groupsShown),
      );
    }
    let carried = left.get(fee.id)?.cycle === cycle - 1 ? left.get(fee.id)?.units : undefined;
    const parts: Part[] = [];
    for (const span of spans) {
      const part = partOf(span, usages, { carried, cycle, amountBefore: amountOf(parts) });
      carried = carriedAfter(part.rated) ?? carried;
      parts.push(part);
    }
    left.set(fee.id, { cycle, units: leftIn(parts, cycle) });
    return [chargeOf(agreement, obligation, parts)];
  });
}

/** The amounts by hand that take effect in these cycles, by the instant. */
export function oneOffCharges(
  { subscription, facts }: Agreement,
  { firstCycle, lastCycle = Infinity }: CycleRange,
  untilMs: number,
): Charge[] {
  return facts.flatMap((fact): Charge[] => {
    if (fact.kind !== 'one_off' || fact.effectiveMs > untilMs) return [];
    const cycle = cyclesOf(subscription).at(Math.max(fact.effectiveMs, subscription.startMs));
    assert(cycle !== undefined, 'from the start on there is a cycle');
    if (cycle.number < firstCycle || cycle.number > lastCycle) return [];
    const { chargeId: id, description, amount } = fact;
    const size = amount.isNegative() ? amount.neg() : amount;
    const rated = rate({ kind: 'flat', amount: size }, timesOf(ONCE));
    const part = {
      period: cycle.period,
      rated,
      ...(amount.isNegative() ? { credited: true } : {}),
    };
    return [{ id, kind: 'one_off', cycle: cycle.number, description, unit: '', parts: [part] }];
  });
}

function chargeOf(
  agreement: Agreement,
  { fee, cycle }: Obligation,
  parts: readonly Part[],
  of: Pick<ChargeIdentity, 'group' | 'groupVersion'> = {},
): Charge {
  const { group } = of;
  const { organisationId, subscription } = agreement;
  const percents = percentsOff(agreement, { feeId: fee.id, cycle });
  return {
    feeId: fee.id,
    ...(fee.productId === undefined ? {} : { productId: fee.productId }),
    cycle,
    ...(group === undefined ? {} : { group }),
    id: chargeIdOf(organisationId, subscription.id, { feeId: fee.id, cycle, ...of }),
    kind: isByUsage(fee) ? 'usage' : fee.once === true ? 'one_off' : 'recurring',
    description: group === undefined ? fee.name : `${fee.name} (${groupText(group)})`,
    unit: fee.unit,
    parts:
      percents.length === 0
        ? parts
        : parts.map((part) => ({ ...part, rated: lessPercents(part.rated, percents) })),
  };
}

/** What expected charges rest on beside usage. */
export interface Beside {
  /** See `GROUPS_MAX`. */
  readonly groupsShown?: number | undefined;
  /** What was billed for the cycle before the first of the obligations. */
  readonly earlier?: readonly Posted[];
}

/** What a fee left of its included units in the last cycle that was looked at. */
interface Left {
  readonly cycle: number;
  readonly units: readonly CarriedUnits[];
}

function leftOf(earlier: readonly Posted[]): Map<string | undefined, Left> {
  const left = new Map<string | undefined, Left>();
  for (const { charge } of earlier) {
    const { feeId, cycle, parts } = charge;
    if (charge.kind !== 'discount' && cycle >= (left.get(feeId)?.cycle ?? 0))
      left.set(feeId, { cycle, units: leftIn(parts, cycle) });
  }
  return left;
}

function leftIn(parts: readonly Part[], cycle: number): readonly CarriedUnits[] {
  return leftAfter(
    parts.map(({ rated }) => rated),
    BigInt(cycle),
  );
}

/** What is known when a part is priced: what may be used of earlier cycles, and what the parts before came to. */
interface Known {
  readonly carried: readonly CarriedUnits[] | undefined;
  readonly cycle: number;
  readonly amountBefore: Decimal;
}

function partOf(
  { fee, period, share, quantity }: ObligedSpan,
  usages: Usages,
  { carried: left = [], cycle, amountBefore }: Known,
): Part {
  const { meterProfile, price } = fee;
  if (meterProfile === undefined) {
    const rated = rate(price, timesOf(fee.byQuantity === true ? quantity : ONCE));
    return isWhole(share) ? { period, rated } : { period, rated, share };
  }
  const { profileVersion, ...used } = asked(usages.whole, { meterProfile, period });
  // No value (a maximum of nothing) is nothing used.
  const carried = carriedInto(left, price.terms ?? {}, BigInt(cycle));
  const rated = rate(price, {
    ...{ ...used, quantity: used.quantity ?? ZERO, carried },
    ...{ ...sharedBy(share), amountBefore },
  });
  const version = profileVersion === undefined ? {} : { profileVersion };
  return { period, rated, usage: { meterProfile, eventCount: used.eventCount, ...version } };
}

/** Something that no events were counted for. */
function timesOf(quantity: Decimal) {
  return { quantity, eventCount: 0n };
}

interface GroupParts {
  readonly group: Group;
  readonly groupVersion?: number;
  readonly parts: Part[];
}

function versionOf({ profileVersion }: { readonly profileVersion?: number }) {
  return profileVersion === undefined ? {} : { profileVersion };
}

type GroupName = Pick<GroupUsage, 'group' | 'version'>;

/** Groups of other paths are others, also where they read alike. */
function nameKey({ group, version = 0 }: GroupName): string {
  return `${groupKey(group)} ${version}`;
}

/** What parts of a cycle come to for a maximum. */
function amountOf(parts: readonly Part[]): Decimal {
  return parts.reduce((sum, { rated }) => sum.add(cappedAmount(rated)), ZERO);
}

/** Of a part of a cycle alone. */
function sharedBy(share: CycleShare): { readonly share?: CycleShare } {
  return isWhole(share) ? {} : { share };
}

function isWhole({ from, until }: CycleShare): boolean {
  return from.part === 0n && until.part === until.whole;
}

/** The charges of a fee by group: each group's parts are those of the spans in which it was used. */
function groupCharges(
  agreement: Agreement,
  obligation: Obligation,
  usages: Usages,
  othersMax: number,
): Charge[] {
  const { meterProfile } = obligation.fee;
  assert(meterProfile !== undefined, 'a price by group is by usage');
  const byGroup = new Map<string, GroupParts>();
  for (const { fee, period, share } of obligation.spans) {
    const answer = asked(usages.byGroup, { meterProfile, period });
    const priced = { price: fee.price, groupPrices: fee.groupPrices ?? [] };
    const amountBefore = (of: GroupName) => amountOf(byGroup.get(nameKey(of))?.parts ?? []);
    for (const { group, version, rated, eventCount } of rateGroups(
      priced,
      answer.groups,
      othersMax,
      { ...sharedBy(share), amountBefore },
    )) {
      const groupVersion = version === undefined ? {} : { groupVersion: version };
      const usage = { meterProfile, eventCount, ...versionOf(answer), ...groupVersion };
      const key = nameKey({ group, ...(version === undefined ? {} : { version }) });
      const of = byGroup.get(key) ?? { group, ...groupVersion, parts: [] };
      of.parts.push({ period, rated, usage });
      byGroup.set(key, of);
    }
  }
  const used = [...byGroup.values()].sort((a, b) => compareGroups(a.group, b.group));
  if (used.length > 0)
    return used.map(({ group, groupVersion, parts }) => {
      const of = { group, ...(groupVersion === undefined ? {} : { groupVersion }) };
      // Without values it is the usage of a version of the profile that has no groups.
      return chargeOf(agreement, obligation, parts, group.length === 0 ? {} : of);
    });
  const parts: Part[] = [];
  for (const { fee, period, share } of obligation.spans) {
    const version = versionOf(asked(usages.byGroup, { meterProfile, period }));
    const nothing = { ...timesOf(ZERO), ...sharedBy(share), amountBefore: amountOf(parts) };
    const usage = { meterProfile, eventCount: 0n, ...version };
    parts.push({ period, rated: rate(fee.price, nothing), usage });
  }
  return [chargeOf(agreement, obligation, parts)];
}

/**
 * The groups of a fee without a price of their own that have a charge of their own, where so many fees are by group.
 */
function groupsMax(spans: readonly ObligedSpan[], feeCount: number, groupsShown: number): number {
  const steps = Math.max(...spans.map(({ fee }) => stepsMax(fee.price)));
  return Math.floor(Math.min(groupsShown, GROUP_STEPS_MAX / steps) / feeCount);
}

function asked<T>(answers: ReadonlyMap<string, T>, question: NeededUsage): T {
  const answer = answers.get(usageKey(question));
  assert(answer !== undefined, `the usage of ${usageKey(question)} was asked for`);
  return answer;
}

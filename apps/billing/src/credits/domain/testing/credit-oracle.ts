import { decimalText } from '@billingrails/money';
import type { CreditGrant } from '../credit-grant';
import type { Overage } from '../credit-unit';

/** What the oracle says of a balance, in whole credits. */
export interface OracleBalance {
  readonly available: number;
  readonly overage: number;
  readonly remaining: Record<string, number>;
}

/** Usage of whole credits at an instant, of a profile of `mtr_1`. */
export type OracleUse = readonly [atMs: number, amount: number, profile?: 'a' | 'b'];

/** In the order of the rates. */
const PROFILES = ['a', 'b'] as const;

/**
 * Burns whole credits one by one, slow and obvious: of what was used while the same grants covered usage, each grant in
 * its order those that it covers, in the order of the rates.
 */
export function oracleBalance(
  grants: readonly CreditGrant[],
  uses: readonly OracleUse[],
  overage: Overage,
  atMs: number,
): OracleBalance {
  const left: Record<string, number> = {};
  for (const { id, amount } of grants) left[id] = Number(decimalText(amount));
  const endsAt = ({ expiryMs, voidMs }: CreditGrant) =>
    Math.min(expiryMs ?? Infinity, voidMs ?? Infinity);
  const firstMs = Math.min(...grants.map(({ effectiveMs }) => effectiveMs));
  const debts: Record<'a' | 'b', number> = { a: 0, b: 0 };
  let uncovered = 0;
  const keysOf = (grant: CreditGrant) => [
    grant.priority,
    grant.expiryMs ?? 1e9,
    grant.category === 'promotional' ? 0 : 1,
    grant.createMs,
    Number(grant.id.slice('cgr_'.length)),
  ];
  const ordered = [...grants].sort((a, b) => {
    const [left, right] = [keysOf(a), keysOf(b)];
    const place = left.findIndex((key, index) => key !== right[index]);
    return (left[place] ?? 0) - (right[place] ?? 0);
  });
  const covers = ({ scope }: CreditGrant, name: string) =>
    scope === undefined ||
    [...scope.meterProfiles, ...(scope.feeProfiles ?? [])].some(({ profile }) => profile === name);

  /** Burns what was used from an instant on, before another. */
  const burn = (fromMs: number, untilMs: number): void => {
    const due = { ...debts };
    for (const [usedMs, amount, profile = 'a'] of uses)
      if (fromMs <= usedMs && usedMs < untilMs) due[profile] += amount;
    for (const grant of ordered) {
      if (grant.effectiveMs > fromMs || fromMs >= endsAt(grant)) continue;
      for (const profile of PROFILES)
        while (due[profile] > 0 && (left[grant.id] ?? 0) > 0 && covers(grant, profile)) {
          left[grant.id] = (left[grant.id] ?? 0) - 1;
          due[profile] -= 1;
        }
    }
    for (const profile of PROFILES)
      if (overage === 'borrowed') debts[profile] = due[profile];
      else uncovered += due[profile];
  };

  const carryOn = (nowMs: number): void => {
    for (const ending of grants) {
      const { seriesId, fromMs, maximum } = ending.rollover ?? {};
      if (fromMs !== nowMs || maximum === undefined) continue;
      const carried = grants
        .filter((grant) => {
          const from = grant.rollover?.fromMs ?? Infinity;
          return grant.rollover?.seriesId === seriesId && from <= nowMs && nowMs < endsAt(grant);
        })
        .sort((a, b) => a.effectiveMs - b.effectiveMs || (a.id < b.id ? -1 : 1));
      const sum = () => carried.reduce((total, { id }) => total + (left[id] ?? 0), 0);
      while (sum() > Number(decimalText(maximum))) {
        const oldest = carried.find(({ id }) => (left[id] ?? 0) > 0);
        if (oldest !== undefined) left[oldest.id] = (left[oldest.id] ?? 0) - 1;
      }
    }
  };

  const takeBack = (nowMs: number): void => {
    for (const grant of grants)
      for (const { ms, amount } of grant.partialVoids ?? [])
        if (ms === nowMs && nowMs < endsAt(grant))
          left[grant.id] = Math.max(0, (left[grant.id] ?? 0) - Number(decimalText(amount)));
  };

  // Where grants begin, end, are carried on or in part taken back.
  const cuts = new Set([
    firstMs,
    ...grants.flatMap((grant) => [
      ...[grant.effectiveMs, endsAt(grant), grant.rollover?.fromMs ?? firstMs],
      ...(grant.partialVoids ?? []).map(({ ms }) => ms),
    ]),
  ]);
  const before = [...cuts].filter((cut) => cut >= firstMs && cut < atMs).sort((a, b) => a - b);
  for (const [index, startMs] of before.entries()) {
    carryOn(startMs);
    takeBack(startMs);
    burn(startMs, before[index + 1] ?? atMs);
  }
  // At the instant itself nothing is used yet; what then takes effect pays what was borrowed.
  if (firstMs <= atMs) {
    carryOn(atMs);
    takeBack(atMs);
    burn(atMs, atMs);
  }
  const remaining: Record<string, number> = {};
  for (const grant of grants) {
    const inEffect = grant.effectiveMs <= atMs && atMs < endsAt(grant);
    remaining[grant.id] = inEffect ? (left[grant.id] ?? 0) : 0;
  }
  const sum = Object.values(remaining).reduce((total, amount) => total + amount, 0);
  const debt = debts.a + debts.b;
  return { available: sum - debt, overage: uncovered + debt, remaining };
}

import { decimalText } from '@billingrails/money';
import type { CreditGrant } from '../credit-grant';
import type { Overage } from '../credit-unit';

/** What the oracle says of a balance, in whole credits. */
export interface OracleBalance {
  readonly available: number;
  readonly overage: number;
  readonly remaining: Record<string, number>;
}

/**
 * Burns whole credits one by one, instant by instant: slow and obvious. Usage is what was used at which instant.
 */
export function oracleBalance(
  grants: readonly CreditGrant[],
  uses: readonly (readonly [atMs: number, amount: number])[],
  overage: Overage,
  atMs: number,
): OracleBalance {
  const left: Record<string, number> = {};
  for (const { id, amount } of grants) left[id] = Number(decimalText(amount));
  const endsAt = ({ expiryMs, voidMs }: CreditGrant) =>
    Math.min(expiryMs ?? Infinity, voidMs ?? Infinity);
  const firstMs = Math.min(...grants.map(({ effectiveMs }) => effectiveMs));
  let [debt, uncovered] = [0, 0];

  const burnOne = (nowMs: number): boolean => {
    const usable = grants.filter(
      (grant) => (left[grant.id] ?? 0) > 0 && grant.effectiveMs <= nowMs && nowMs < endsAt(grant),
    );
    const [best] = usable.sort((a, b) => {
      const keys = (grant: CreditGrant) => [
        grant.priority,
        grant.expiryMs ?? 1e9,
        grant.category === 'promotional' ? 0 : 1,
        grant.createMs,
        Number(grant.id.slice('cgr_'.length)),
      ];
      const [left, right] = [keys(a), keys(b)];
      const place = left.findIndex((key, index) => key !== right[index]);
      return (left[place] ?? 0) - (right[place] ?? 0);
    });
    if (best === undefined) return false;
    left[best.id] = (left[best.id] ?? 0) - 1;
    return true;
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

  for (let nowMs = firstMs; nowMs <= atMs; nowMs += 1) {
    carryOn(nowMs);
    takeBack(nowMs);
    while (debt > 0 && burnOne(nowMs)) debt -= 1;
    if (nowMs === atMs) break;
    for (const [usedMs, amount] of uses)
      for (let credit = 0; usedMs === nowMs && credit < amount; credit += 1)
        if (!burnOne(nowMs)) {
          if (overage === 'borrowed') debt += 1;
          else uncovered += 1;
        }
  }
  const remaining: Record<string, number> = {};
  for (const grant of grants) {
    const inEffect = grant.effectiveMs <= atMs && atMs < endsAt(grant);
    remaining[grant.id] = inEffect ? (left[grant.id] ?? 0) : 0;
  }
  const sum = Object.values(remaining).reduce((total, amount) => total + amount, 0);
  return { available: sum - debt, overage: uncovered + debt, remaining };
}

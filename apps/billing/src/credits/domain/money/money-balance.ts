import { decimal, type Decimal } from '@billingrails/money';
import { balanceOf, type CreditBalance } from '../burn-down';
import type { Burning } from '../burn-stretch';
import { burnsBefore, type CreditGrant } from '../credit-grant';
import { burnedBy, type CreditUse } from './credit-use';

const ZERO = decimal(0n);

/** What credits in money have come to at an instant, by their uses up to and at it. */
export function moneyBalance(
  grants: readonly CreditGrant[],
  uses: readonly CreditUse[],
  atMs: number,
): Omit<CreditBalance, 'state'> {
  const counted = uses.filter(({ timeMs }) => timeMs <= atMs);
  const burned = burnedBy(counted);
  const balances = [...grants].sort(burnsBefore).map((grant) => {
    const takenBack = takenBackBy(grant, atMs);
    const left = grant.amount.sub(takenBack).sub(burned.get(grant.id) ?? ZERO);
    return balanceOf(grant, left, { lapsed: ZERO, takenBack }, atMs);
  });
  const byId = new Map(grants.map((grant) => [grant.id, grant]));
  const burnings = counted.flatMap(({ timeMs: startMs, parts }) =>
    parts.flatMap(({ creditGrantId, amount }): Burning[] => {
      const grant = byId.get(creditGrantId);
      return grant === undefined ? [] : [{ kind: 'burned', startMs, grant, amount }];
    }),
  );
  const voided = grants.flatMap((grant) =>
    (grant.partialVoids ?? []).flatMap(({ ms: startMs, amount }): Burning[] =>
      startMs <= atMs ? [{ kind: 'voided', startMs, grant, amount }] : [],
    ),
  );
  const sum = (amounts: readonly Decimal[]) =>
    amounts.reduce((total, amount) => total.add(amount), ZERO);
  return {
    available: sum(balances.map(({ remaining }) => remaining)),
    used: sum(burnings.map(({ amount }) => amount)),
    overage: ZERO,
    owed: new Map(),
    grants: balances,
    burnings: [...burnings, ...voided],
  };
}

/** What was taken back of a grant in money by an instant: no more than was left is ever written down. */
export function takenBackBy({ partialVoids = [] }: CreditGrant, atMs: number): Decimal {
  return partialVoids.reduce((sum, { ms, amount }) => (ms <= atMs ? sum.add(amount) : sum), ZERO);
}

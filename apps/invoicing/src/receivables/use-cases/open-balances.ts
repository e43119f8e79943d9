import type { ClientSession } from 'mongodb';
import type { Balance, BalanceOwner, BalanceStore } from '../store/balances';

/** Balances as they change within one transaction. */
export interface OpenBalances {
  /** In minor units. */
  of(owner: BalanceOwner): bigint;
  set(owner: BalanceOwner, minorUnits: bigint): void;
  /** What is to be written. */
  changed(): Balance[];
}

/** Reads the balances of the owners in the transaction that changes them: who changes the same one waits. */
export async function openBalances(
  store: BalanceStore,
  owners: readonly BalanceOwner[],
  session: ClientSession,
): Promise<OpenBalances> {
  const distinct = new Map(owners.map((owner) => [textOf(owner), owner]));
  const found = await store.findMany([...distinct.values()], session);
  const balances = new Map(found.map((balance) => [textOf(balance), balance]));
  const changed = new Map<string, Balance>();
  const of = (owner: BalanceOwner): bigint => balances.get(textOf(owner))?.minorUnits ?? 0n;
  return {
    of,
    set(owner, minorUnits) {
      if (of(owner) === minorUnits) return;
      const { organisationId, accountId, currencyCode } = owner;
      const balance = { organisationId, accountId, currencyCode, minorUnits };
      balances.set(textOf(owner), balance);
      changed.set(textOf(owner), balance);
    },
    changed: () => [...changed.values()],
  };
}

/** Account ids hold no spaces. */
function textOf({ organisationId, accountId, currencyCode }: BalanceOwner): string {
  return `${organisationId} ${accountId} ${currencyCode}`;
}

import { assert } from '@billingrails/errors';
import type { AccountId, BillId, CreditGrantId, OrganisationId } from '@billingrails/ids';
import { decimal, moneyText } from '@billingrails/money';
import type { ClientSession } from 'mongodb';
import type { CreditGrant } from '../domain/credit-grant';
import type { CreditUse, CreditUsePart } from '../domain/money/credit-use';
import type { CreditPoolStore } from '../store/credit-pools';
import { readWallets, type WalletParts } from './wallets';

/** What a bill takes of promotional credits. */
export interface BillTaking {
  readonly billId: BillId;
  /** Who owes it. */
  readonly accountId: AccountId;
  /** ISO 4217. */
  readonly currencyCode: string;
  readonly dueMs: number;
  /** When the bill was made. */
  readonly createMs: number;
  /** In minor units, by grant; below 0 where it gives back. */
  readonly taken: ReadonlyMap<CreditGrantId, bigint>;
}

/** Where what bills take is written. */
export interface UseParts extends WalletParts {
  readonly creditPools: CreditPoolStore;
}

/**
 * Writes what bills take, in their order, in the transaction that writes them. Undefined where all is there; otherwise
 * the first bill that takes what others have taken since it was computed: then nothing may be written.
 */
export async function useForBills(
  { creditPools, ...parts }: UseParts,
  organisationId: OrganisationId,
  takings: readonly BillTaking[],
  session: ClientSession,
): Promise<BillId | undefined> {
  if (takings.length === 0) return undefined;
  const ids = takings.flatMap(({ taken }) => [...taken.keys()]);
  const grants = await parts.creditGrants.findMany(organisationId, ids, session);
  // What is given back is of whoever owed the bill that took it.
  const owners = takings.flatMap(({ currencyCode, taken }) =>
    [...taken.keys()].map((id) => ({ currencyCode, accountId: ownerOf(grants, id) })),
  );
  const wallets = await readWallets(parts, organisationId, owners, session);
  const uses: CreditUse[] = [];
  for (const { billId, accountId, currencyCode, dueMs, createMs, taken } of takings) {
    const found = wallets.get(currencyCode);
    assert(found !== undefined, 'credits in money have their unit');
    const byOwner = new Map<AccountId, CreditUsePart[]>();
    for (const [creditGrantId, minorUnits] of taken) {
      found.wallet.take(creditGrantId, minorUnits);
      const owner = ownerOf(grants, creditGrantId);
      const amount = decimal(moneyText({ currencyCode, minorUnits }));
      byOwner.set(owner, [...(byOwner.get(owner) ?? []), { creditGrantId, amount }]);
    }
    if (!found.wallet.isCovered()) return billId;
    for (const [owner, own] of byOwner)
      uses.push({
        source: { kind: 'bill', id: owner === accountId ? billId : `${billId}/${owner}` },
        ...{ accountId: owner, creditUnitId: found.unit.id, timeMs: dueMs, createMs },
        parts: own,
      });
  }
  await parts.creditUses.insert(organisationId, uses, session);
  for (const { timeMs, ...pool } of uses)
    await creditPools.setBack({ organisationId, ...pool }, timeMs, session);
  return undefined;
}

function ownerOf(grants: ReadonlyMap<string, CreditGrant>, id: CreditGrantId): AccountId {
  const grant = grants.get(id);
  assert(grant !== undefined, 'what is taken was granted');
  return grant.accountId;
}

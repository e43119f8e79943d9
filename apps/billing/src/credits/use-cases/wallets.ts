import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { CreditUnit } from '../domain/credit-unit';
import { burnedBy } from '../domain/money/credit-use';
import { Wallet } from '../domain/money/taking';
import type { CreditGrantStore } from '../store/credit-grants';
import type { CreditUnitStore } from '../store/credit-units';
import type { CreditUseStore } from '../store/credit-uses';

/** What reading credits in money needs. */
export interface WalletParts {
  readonly creditUnits: CreditUnitStore;
  readonly creditGrants: CreditGrantStore;
  readonly creditUses: CreditUseStore;
}

/** Whose credits in which currency. */
export interface WalletOwner {
  readonly accountId: AccountId;
  /** ISO 4217. */
  readonly currencyCode: string;
}

/** The unit of money of a currency, and what accounts have left of it. */
export interface CurrencyWallet {
  readonly unit: CreditUnit;
  readonly wallet: Wallet;
}

/**
 * What accounts have left of their credits in money, by currency; a currency that the organisation has no unit of is
 * missing. Read in a transaction that sets back the pools it burns, no other can burn the same.
 */
export async function readWallets(
  { creditUnits, creditGrants, creditUses }: WalletParts,
  organisationId: OrganisationId,
  owners: readonly WalletOwner[],
  session?: ClientSession,
): Promise<Map<string, CurrencyWallet>> {
  const currencies = [...new Set(owners.map(({ currencyCode }) => currencyCode))];
  const units = await creditUnits.ofCurrencies(organisationId, currencies, session);
  const wallets = new Map<string, CurrencyWallet>();
  for (const [currencyCode, unit] of units) {
    const own = owners.filter((owner) => owner.currencyCode === currencyCode);
    const accountIds = [...new Set(own.map(({ accountId }) => accountId))];
    const grants = await creditGrants.ofAccounts(organisationId, accountIds, unit.id, session);
    const granted = [...new Set(grants.map(({ accountId }) => accountId))];
    const uses =
      granted.length === 0
        ? []
        : await creditUses.ofAccounts(organisationId, granted, unit.id, session);
    wallets.set(currencyCode, { unit, wallet: new Wallet(currencyCode, grants, burnedBy(uses)) });
  }
  return wallets;
}

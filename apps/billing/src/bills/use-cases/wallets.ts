import type { AccountId, OrganisationId } from '@billingrails/ids';
import { assert } from '@billingrails/errors';
import type { AccountStore } from '../../accounts/store/accounts';
import { payerOf } from '../../accounts/domain/payer';
import type { Account } from '../../accounts/domain/account';
import {
  readWallets,
  type CurrencyWallet,
  type WalletParts,
} from '../../credits/use-cases/wallets';
import type { ClockStore } from '../../clocks/store/clocks';
import type { GrantDueParts } from '../../recurring-credits/use-cases/grant-due';
import { grantDueOf } from '../../recurring-credits/use-cases/grant-due-of';
import type { Subscription } from '../../subscriptions/domain/subscription';
import type { Agreement } from '../domain/agreement';
import type { Entry } from '../domain/bill';
import { coverBill, takenBy, type CoverableBill } from '../domain/credits/cover-bill';
import { currencyOf } from '../domain/obligations';

/** What reading the credits of those who owe bills needs. */
export interface BillWalletParts extends WalletParts, GrantDueParts {
  readonly accounts: AccountStore;
  readonly clocks: ClockStore;
}

/** A bill that credits may be taken off, and when it falls due. */
export interface DueBill extends CoverableBill {
  /** Whose subscription it is. */
  readonly accountId: AccountId;
  readonly dueMs: number;
}

/** What those who owe bills have left of their credits in money, for one bill after another. */
export class Wallets {
  constructor(
    private readonly byCurrency: ReadonlyMap<string, CurrencyWallet>,
    private readonly payers: ReadonlyMap<string, Account>,
  ) {}

  /** What the bill posts for credits of whoever owes it; the next bill has the less of them. */
  cover({ accountId, dueMs, ...bill }: DueBill): Entry[] {
    const wallet = this.byCurrency.get(bill.currencyCode)?.wallet;
    if (wallet === undefined) return [];
    const account = this.payers.get(accountId);
    assert(account !== undefined, 'a subscription has its account');
    const payerId = payerOf(account, this.payers).id;
    const keep = (entries: readonly Entry[]): void => {
      for (const entry of entries) {
        const taken = takenBy(entry);
        if (taken !== undefined) wallet.take(taken.creditGrantId, taken.minorUnits);
      }
    };
    const { back, takeOff } = coverBill(bill);
    keep(back);
    const taken = takeOff(wallet.available(payerId, 'promotional', dueMs));
    keep(taken);
    return [...back, ...taken];
  }
}

/** The credits in money that the bills of subscriptions may be covered by. */
export async function walletsOf(
  parts: BillWalletParts,
  organisationId: OrganisationId,
  bills: readonly { readonly agreement: Agreement; readonly subscription: Subscription }[],
): Promise<Wallets> {
  const currencies = [...new Set(bills.map(({ agreement }) => currencyOf(agreement)))];
  const units = await parts.creditUnits.ofCurrencies(organisationId, currencies);
  if (units.size === 0) return new Wallets(new Map(), new Map());
  const accountIds = [...new Set(bills.map(({ subscription }) => subscription.accountId))];
  const payers = await parts.accounts.withPayers(organisationId, accountIds);
  const owners = bills.flatMap(({ agreement, subscription }) => {
    const account = payers.get(subscription.accountId);
    if (account === undefined) return [];
    return [{ accountId: payerOf(account, payers).id, currencyCode: currencyOf(agreement) }];
  });
  // What recurs and has fallen due before the bill is there for it.
  const ownerIds = new Set(owners.map(({ accountId }) => accountId));
  await grantDueOf(parts, organisationId, [...ownerIds]);
  return new Wallets(await readWallets(parts, organisationId, owners), payers);
}

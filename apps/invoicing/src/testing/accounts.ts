import { notFound, unavailable } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { AccountSource, InvoicedAccount } from '../invoices/account-source';

/** Billing's side: the accounts that it knows. */
export interface ScriptedAccounts extends AccountSource {
  know(organisationId: OrganisationId, account: InvoicedAccount): void;
  /** While true, billing cannot be asked. */
  down: boolean;
}

/** Opens a list of accounts. */
export function scriptedAccounts(): ScriptedAccounts {
  const known = new Map<string, InvoicedAccount>();
  const scripted: ScriptedAccounts = {
    down: false,
    know: (organisationId, account) => {
      known.set(`${organisationId}/${account.accountId}`, account);
    },
    find: async (organisationId, accountId) => {
      if (scripted.down) throw unavailable('BILLING_UNAVAILABLE', 'Away.', 100);
      const account = known.get(`${organisationId}/${accountId}`);
      if (account === undefined) throw notFound('ACCOUNT_NOT_FOUND', 'There is no such account.');
      return account;
    },
  };
  return scripted;
}

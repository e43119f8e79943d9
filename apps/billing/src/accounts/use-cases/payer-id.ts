import { assert } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import { payerOf } from '../domain/payer';
import type { AccountStore } from '../store/accounts';

/** Who owes what an account is billed now. */
export async function payerIdOf(
  accounts: AccountStore,
  organisationId: OrganisationId,
  accountId: AccountId,
  session?: ClientSession,
): Promise<AccountId> {
  const all = await accounts.withPayers(organisationId, [accountId], session);
  const account = all.get(accountId);
  assert(account !== undefined, 'a subscription has its account');
  return payerOf(account, all).id;
}

import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

/** Creates the accounts that have subscriptions. */
export async function defineAccounts(clients: Clients, { subscriptions }: History): Promise<void> {
  for (const account of new Set(subscriptions.map((each) => each.account)))
    await steadily(() =>
      clients.accounts.createAccount({ accountId: account, name: account, requestId: account }),
    );
}

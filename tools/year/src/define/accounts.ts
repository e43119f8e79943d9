import { durationFromMs } from '@bufbuild/protobuf/wkt';
import { AdjustmentBilling } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_pb';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily } from '@billingrails/stack/until';

const { OWN_BILL, NEXT_BILL } = AdjustmentBilling;

/** Creates the accounts that have subscriptions, payers first, with what each says of its bills. */
export async function defineAccounts(
  clients: Clients,
  { subscriptions, accounts = [] }: History,
): Promise<void> {
  const payers = new Map(accounts.map(({ account, paidBy }) => [account, paidBy]));
  for (const account of new Set(subscriptions.map((each) => each.account)))
    await steadily(() =>
      clients.accounts.createAccount({
        ...{ accountId: account, name: account, requestId: account },
        parentAccountId: payers.get(account) ?? '',
      }),
    );
  for (const { account, graceMs, ownBills } of accounts)
    if (graceMs !== undefined || ownBills !== undefined)
      await steadily(() =>
        clients.settings.updateBillingSettings({
          owner: { case: 'accountId', value: account },
          settings: {
            ...(graceMs !== undefined && { grace: durationFromMs(graceMs) }),
            adjustmentBilling: ownBills === true ? OWN_BILL : NEXT_BILL,
          },
          requestId: `settings-${account}`,
        }),
      );
}

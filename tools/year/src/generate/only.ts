import type { History } from '@billingrails/recompute';

/** What happens to some accounts, and to those that pay for them, alone: a difference of theirs is soon seen again. */
export function only(history: History, accounts: readonly string[]): History {
  const wanted = new Set(accounts);
  const payers = new Map(history.accounts?.map(({ account, paidBy }) => [account, paidBy]));
  for (const account of wanted) {
    const payer = payers.get(account);
    if (payer !== undefined) wanted.add(payer);
  }
  const is = ({ account }: { readonly account?: string }) =>
    account === undefined || wanted.has(account);
  const subscriptions = history.subscriptions.filter(is);
  const names = new Set(subscriptions.map(({ name }) => name));
  const isOf = ({ subscription }: { readonly subscription?: string }) =>
    subscription === undefined || names.has(subscription);
  return {
    ...history,
    subscriptions,
    events: history.events.filter(is),
    corrections: history.corrections.filter(is),
    ...(history.accounts && { accounts: history.accounts.filter(is) }),
    ...(history.priceCorrections && { priceCorrections: history.priceCorrections.filter(isOf) }),
    ...(history.previews && { previews: history.previews.filter(isOf) }),
    ...(history.credits && { credits: creditsOf(history.credits, is) }),
    ...(history.alerts && { alerts: history.alerts.filter(is) }),
    ...(history.accesses && { accesses: history.accesses.filter(is) }),
    ...(history.invoicing && {
      invoicing: {
        ...history.invoicing,
        redemptions: history.invoicing.redemptions.filter(is),
        taxes: {
          ...history.invoicing.taxes,
          customers: history.invoicing.taxes.customers.filter(is),
        },
      },
    }),
  };
}

function creditsOf(
  credits: NonNullable<History['credits']>,
  is: (of: { readonly account?: string }) => boolean,
): NonNullable<History['credits']> {
  const grants = credits.grants.filter(is);
  const names = new Set(grants.map(({ name }) => name));
  return {
    ...credits,
    grants,
    recurring: credits.recurring.filter(({ to }) => is('account' in to ? to : {})),
    voids: credits.voids.filter(({ grant }) => names.has(grant)),
    checks: credits.checks.filter(is),
  };
}

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { CreditCategory } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { LineKind } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';

/** An invoice that promotional and prepaid credits pay a part of. */
export interface MoneyFigure {
  readonly lines: readonly { readonly what: string; readonly amount: string }[];
  readonly total: string;
  readonly creditsApplied: string;
  readonly amountDue: string;
  /** What is left of each grant. */
  readonly left: readonly { readonly memo: string; readonly remaining: string }[];
}

const ACCOUNT = 'gallery';
const at = (text: string) => timestampFromMs(Date.parse(text));

/**
 * Gives an account 10.00 and lets it prepay 25.00, and bills it 40.00: the gift is taken off the bill, and the prepaid
 * balance pays what it can of the invoice. Done again under the same request_ids, it is what is there already.
 */
export async function playMoney(clients: Clients): Promise<MoneyFigure> {
  await clients.testClock.createTestClock({
    ...{ currentTime: at('2026-03-01T00:00:00Z'), requestId: 'money-clock' },
  });
  await clients.accounts.createAccount({
    ...{ accountId: ACCOUNT, name: 'Gallery', requestId: 'money-account' },
  });
  const { plan } = await clients.plans.createPlan({
    ...{ name: 'Gallery', currencyCode: 'USD', requestId: 'money-plan' },
    fees: [{ name: 'Gallery', price: { model: { case: 'flat', value: { amount: '40.00' } } } }],
  });
  const { creditUnit } = await clients.credits.createCreditUnit({
    ...{ code: 'usd', name: 'US dollars', currencyCode: 'USD', requestId: 'money-unit' },
  });
  const creditUnitId = creditUnit?.id ?? '';
  const granted = { accountId: ACCOUNT, creditUnitId };
  const { creditGrant: gift } = await clients.credits.createCreditGrant({
    ...{ ...granted, amount: '10.00', memo: 'Welcome', requestId: 'money-gift' },
    category: CreditCategory.PROMOTIONAL,
  });
  const { creditGrant: prepaid } = await clients.credits.createCreditGrant({
    ...{ ...granted, amount: '25.00', memo: 'Prepaid', requestId: 'money-prepaid' },
  });
  await clients.subscriptions.createSubscription({
    ...{ accountId: ACCOUNT, planId: plan?.id ?? '', requestId: 'money-subscription' },
  });
  await clients.testClock.advanceTestClock({
    ...{ currentTime: at('2026-04-01T02:00:00Z'), requestId: 'money-april' },
  });
  const invoice = await until('the invoice that credits pay', async () => {
    const { invoices } = await clients.invoices.listInvoices({ accountId: ACCOUNT });
    return invoices[0];
  });
  const { balance } = await clients.credits.getCreditBalance(granted);
  const memos = new Map([gift, prepaid].map((grant) => [grant?.id, grant?.memo ?? '']));
  return {
    lines: invoice.lines.map(({ kind, description, amount }) => ({
      what: `${description}, ${LineKind[kind].toLowerCase().replace('_', ' ')}`,
      amount: amount?.amount ?? '',
    })),
    total: invoice.total?.amount ?? '',
    creditsApplied: invoice.creditsApplied?.amount ?? '',
    amountDue: invoice.amountDue?.amount ?? '',
    left: (balance?.grants ?? []).map(({ creditGrantId, remaining }) => ({
      ...{ memo: memos.get(creditGrantId) ?? '', remaining },
    })),
  };
}

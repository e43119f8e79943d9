import { CreditCategory } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import {
  TopUpGrantStatus,
  TopUpGrantTiming,
} from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import { LineKind } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';
import { at } from './clock';

/** An invoice that promotional and prepaid credits pay a part of. */
export interface MoneyFigure {
  readonly lines: readonly { readonly what: string; readonly amount: string }[];
  readonly total: string;
  readonly creditsApplied: string;
  readonly amountDue: string;
  /** What was then bought by itself, as too little was left. */
  readonly topUp: TopUpFigure;
  /** What is left of each grant. */
  readonly left: readonly { readonly memo: string; readonly remaining: string }[];
}

/** A prepaid balance that fills itself by an invoice of its own. */
export interface TopUpFigure {
  readonly available: string;
  readonly amount: string;
  /** What its invoice asks for. */
  readonly amountDue: string;
  /** Whether it is granted before the invoice is paid, and after. */
  readonly states: readonly string[];
}

const ACCOUNT = 'gallery';
/** Below 10.00 another 25.00 are bought, once they are paid. */
const TOP_UP = {
  ...{ threshold: '10.00', amount: '25.00', price: '25.00', description: 'Topped up' },
  grantTiming: TopUpGrantTiming.INVOICE_PAID,
};

/**
 * Gives an account 10.00 and lets it prepay 25.00, and bills it 40.00: the gift is taken off the bill, and the prepaid
 * balance pays what it can of the invoice. Too little is left then, so more is bought. Done again under the same
 * request_ids, it is what is there already.
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
  await clients.credits.createCreditGrant({
    ...{ ...granted, amount: '10.00', memo: 'Welcome', requestId: 'money-gift' },
    category: CreditCategory.PROMOTIONAL,
  });
  await clients.credits.createCreditGrant({
    ...{ ...granted, amount: '25.00', memo: 'Prepaid', requestId: 'money-prepaid' },
  });
  const { subscription } = await clients.subscriptions.createSubscription({
    ...{ accountId: ACCOUNT, planId: plan?.id ?? '', requestId: 'money-subscription' },
  });
  const { topUpRule } = await clients.topUps.createTopUpRule({
    ...{ ...granted, subscriptionId: subscription?.id ?? '', requestId: 'money-top-up' },
    terms: TOP_UP,
  });
  await clients.testClock.advanceTestClock({
    ...{ currentTime: at('2026-04-01T02:00:00Z'), requestId: 'money-april' },
  });
  const invoice = await until('the invoice that credits pay', async () => {
    const { invoices } = await clients.invoices.listInvoices({ accountId: ACCOUNT });
    return invoices.at(-1);
  });
  const topUp = await toppedUp(clients, topUpRule?.id ?? '');
  const { balance } = await clients.credits.getCreditBalance(granted);
  const { creditGrants } = await clients.credits.listCreditGrants({ accountId: ACCOUNT });
  const memos = new Map(creditGrants.map(({ id, memo }) => [id, memo]));
  return {
    lines: invoice.lines.map(({ kind, description, amount }) => ({
      what: `${description}, ${LineKind[kind].toLowerCase().replace('_', ' ')}`,
      amount: amount?.amount ?? '',
    })),
    total: invoice.total?.amount ?? '',
    creditsApplied: invoice.creditsApplied?.amount ?? '',
    amountDue: invoice.amountDue?.amount ?? '',
    topUp,
    left: (balance?.grants ?? []).map(({ creditGrantId, remaining }) => ({
      ...{ memo: memos.get(creditGrantId) ?? '', remaining },
    })),
  };
}

/** Pays the invoice of what the rule has bought, so that it is granted. */
async function toppedUp(clients: Clients, topUpRuleId: string): Promise<TopUpFigure> {
  const bought = async () => (await clients.topUps.listTopUps({ topUpRuleId })).topUps[0];
  const before = await until('credits to be bought', bought);
  const invoice = await until('the invoice of what was bought', async () => {
    const { invoices } = await clients.invoices.listInvoices({ accountId: ACCOUNT });
    return invoices.find(({ billId, number }) => billId === before.billId && number !== '');
  });
  const { amountDue: amount } = invoice;
  await clients.payments.recordPayment({
    ...{ accountId: ACCOUNT, invoiceIds: [invoice.id], method: 'card', requestId: 'money-paid' },
    ...(amount && { amount }),
  });
  const after = await until('what was bought to be granted', async () => {
    const topUp = await bought();
    return topUp?.grantStatus === TopUpGrantStatus.GRANTED ? topUp : undefined;
  });
  return {
    ...{ available: before.available, amount: before.amount, amountDue: amount?.amount ?? '' },
    states: [before, after].map(({ grantStatus }) => TopUpGrantStatus[grantStatus].toLowerCase()),
  };
}

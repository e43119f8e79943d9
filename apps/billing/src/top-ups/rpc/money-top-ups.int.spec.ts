import { CreditCategory } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import {
  TopUpGrantStatus,
  TopUpGrantTiming,
  TopUpPauseReason,
  TopUpStatus,
  type TopUp,
} from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import { BilledTo } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import { waitFor } from '@billingrails/testing';
import { sentMessages } from '../../testing/billing-messages';
import { tellInvoice } from '../../testing/changes';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

const START = '2024-03-01T00:00:00Z';
/** 50.00 for 45.00. */
const TERMS = { threshold: '20', amount: '50', price: '45.00', description: 'Prepaid balance' };
const WHEN_PAID = { ...TERMS, grantTiming: TopUpGrantTiming.INVOICE_PAID };

let world: World;
let replica: Replica;
let other: Replica;
beforeAll(async () => {
  world = await startWorld();
  [replica, other] = await Promise.all([world.replica(), world.replica()]);
});
afterAll(() => world.stop());

/** An organisation on a test clock, with a subscribed account that has prepaid 100.00, and a rule. */
async function given(terms: typeof TERMS) {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at(START) });
  const plan = await createPlan(clients, flatFee());
  const { id: subscriptionId, accountId } = await subscribe(clients, plan.id);
  const unit = { code: 'usd', name: 'US dollars', currencyCode: 'USD' };
  const creditUnitId = (await clients.credits.createCreditUnit(unit)).creditUnit?.id ?? '';
  await clients.credits.createCreditGrant({ accountId, creditUnitId, amount: '100' });
  const { topUpRule } = await clients.topUps.createTopUpRule({
    ...{ accountId, subscriptionId, creditUnitId, terms },
  });
  const topUpRuleId = topUpRule?.id ?? '';
  let invoices = 0;
  return {
    ...{ organisationId, clients, accountId, subscriptionId, creditUnitId, topUpRuleId },
    /** Pays an invoice of so much with what is prepaid. */
    async pay(amount: string): Promise<void> {
      const invoiceId = `inv_${(invoices += 1)}`;
      const invoice = { invoiceId, accountId, issueTime: at(START) };
      await clients.credits.applyCredits({
        invoices: [{ ...invoice, amount: { currencyCode: 'USD', amount } }],
      });
    },
    async available(): Promise<string | undefined> {
      return (await clients.credits.getCreditBalance({ accountId, creditUnitId })).balance
        ?.available;
    },
    async rule() {
      return (await clients.topUps.getTopUpRule({ topUpRuleId })).topUpRule;
    },
  };
}

type Given = Awaited<ReturnType<typeof given>>;

/** What the rule has bought, once it is so much and the last is as said. */
async function bought(
  { clients, topUpRuleId }: Given,
  count: number,
  grantStatus: TopUpGrantStatus,
): Promise<TopUp[]> {
  let found: TopUp[] = [];
  const isBought = async () => {
    ({ topUps: found } = await clients.topUps.listTopUps({ topUpRuleId }));
    return found.length >= count && found.at(-1)?.grantStatus === grantStatus;
  };
  await waitFor(isBought, { what: `${count} top-ups, the last ${TopUpGrantStatus[grantStatus]}` });
  return found;
}

/** Says what has become of the invoice of what was bought, of which so much was taken back. */
async function told(
  { organisationId }: Given,
  type: 'invoice.paid' | 'invoice.voided',
  { id, billId }: Pick<TopUp, 'id' | 'billId'>,
  { credited = '0.00', replacedByInvoiceId = '' } = {},
): Promise<void> {
  const money = (amount: string) => ({ currencyCode: 'USD', amount });
  const invoice = {
    ...{ id: `inv_${id}`, billId, total: money('45.00') },
    receivable: { credited: money(credited), replacedByInvoiceId },
  };
  for (const { bus } of [replica, other]) await tellInvoice({ bus }, organisationId, type, invoice);
}

test('money is bought when an invoice leaves too little, by a bill of its own that no money pays', async () => {
  const all = await given(TERMS);
  const { organisationId, clients, accountId, subscriptionId } = all;
  await all.pay('90.00');
  const [topUp] = await bought(all, 1, TopUpGrantStatus.GRANTED);
  expect(topUp).toMatchObject({ available: '10', amount: '50', price: '45' });
  expect(await all.available()).toBe('60');
  const { creditGrants } = await clients.credits.listCreditGrants({ accountId });
  const { creditGrantId } = topUp ?? {};
  expect(creditGrants.find(({ id }) => id === creditGrantId)).toMatchObject({
    ...{ category: CreditCategory.PAID, topUpId: topUp?.id },
  });
  // What falls due later has nothing of it, and is paid by credits as ever.
  await advanceTo(clients, '2024-04-01T00:00:00Z');
  const isBilled = async () => (await allBills(clients, subscriptionId)).length > 1;
  await waitFor(isBilled, { what: 'the bill of the cycle' });
  const bills = await allBills(clients, subscriptionId);
  expect(bills.map(({ id, lines }) => [id, lines.map(({ chargeId }) => chargeId)])).toEqual([
    [topUp?.billId, [topUp?.chargeId]],
    [bills[1]?.id, [expect.not.stringMatching(topUp?.chargeId ?? '')]],
  ]);
  const posted = async () =>
    (await sentMessages(replica.bus)).flatMap(({ content }) =>
      content.organisationId === organisationId && content.bill ? [content.bill] : [],
    );
  await waitFor(async () => (await posted()).length > 1, { what: 'both to be posted' });
  expect((await posted()).map(({ id, buysCredits }) => [id, buysCredits])).toEqual([
    [topUp?.billId, true],
    [bills[1]?.id, false],
  ]);
});

test('where it is so set, what was bought is granted once its invoice is paid, and nothing more is bought until then', async () => {
  const all = await given(WHEN_PAID);
  const { clients, topUpRuleId } = all;
  await all.pay('90.00');
  const [first] = await bought(all, 1, TopUpGrantStatus.WAITING);
  expect(first?.creditGrantId).toBe('');
  await all.pay('10.00');
  await clients.topUps.resumeTopUpRule({ topUpRuleId });
  expect(await all.rule()).toMatchObject({ waitingTopUpId: first?.id, monthCount: 1 });
  expect(await all.available()).toBe('0');
  if (first === undefined) throw new Error('Nothing was bought.');
  await Promise.all([1, 2, 3].map(() => told(all, 'invoice.paid', first)));
  const [paid] = await bought(all, 1, TopUpGrantStatus.GRANTED);
  expect(paid?.creditGrantId).not.toBe('');
  expect(await all.available()).toBe('50');
  expect(await all.rule()).toMatchObject({ waitingTopUpId: '', status: TopUpStatus.ACTIVE });
});

test('an invoice that is made void grants nothing and pauses the rule; of one that is taken back in part a part is granted', async () => {
  const all = await given(WHEN_PAID);
  const { clients, topUpRuleId } = all;
  await all.pay('90.00');
  const [first] = await bought(all, 1, TopUpGrantStatus.WAITING);
  if (first === undefined) throw new Error('Nothing was bought.');
  await told(all, 'invoice.voided', first);
  await bought(all, 1, TopUpGrantStatus.CANCELLED);
  expect(await all.rule()).toMatchObject({
    ...{ status: TopUpStatus.PAUSED, pauseReason: TopUpPauseReason.INVOICE_VOIDED },
    waitingTopUpId: '',
  });
  await clients.topUps.resumeTopUpRule({ topUpRuleId });
  const [, second] = await bought(all, 2, TopUpGrantStatus.WAITING);
  if (second === undefined) throw new Error('Nothing was bought.');
  // 9.00 of 45.00 are a fifth.
  await told(all, 'invoice.paid', second, { credited: '9.00' });
  await bought(all, 2, TopUpGrantStatus.GRANTED);
  expect(await all.available()).toBe('50');
});

test('what an invoice was for that is made void and issued anew waits for the one in its place, and is granted when that is paid', async () => {
  const all = await given(WHEN_PAID);
  await all.pay('90.00');
  const [first] = await bought(all, 1, TopUpGrantStatus.WAITING);
  if (first === undefined) throw new Error('Nothing was bought.');
  const other = await given(WHEN_PAID);
  await other.pay('90.00');
  const [last] = await bought(other, 1, TopUpGrantStatus.WAITING);
  if (last === undefined) throw new Error('Nothing was bought.');
  await told(all, 'invoice.voided', first, { replacedByInvoiceId: 'inv_anew' });
  // What is told afterwards is settled, so the first was heard.
  await told(other, 'invoice.voided', last);
  await bought(other, 1, TopUpGrantStatus.CANCELLED);
  expect(await all.rule()).toMatchObject({
    ...{ status: TopUpStatus.ACTIVE, waitingTopUpId: first.id },
  });
  await told(all, 'invoice.paid', first);
  await bought(all, 1, TopUpGrantStatus.GRANTED);
  expect(await all.available()).toBe('60');
  expect(await all.rule()).toMatchObject({ status: TopUpStatus.ACTIVE, waitingTopUpId: '' });
});

test('money is bought for money of its currency, in whole minor units', async () => {
  const { clients, accountId, subscriptionId } = await given(TERMS);
  const euros = { code: 'eur', name: 'Euros', currencyCode: 'EUR' };
  const creditUnitId = (await clients.credits.createCreditUnit(euros)).creditUnit?.id ?? '';
  const draft = { accountId, subscriptionId, creditUnitId, terms: TERMS };
  expect(await failureOf(clients.topUps.createTopUpRule(draft))).toMatchObject({
    ...{ reason: 'TOP_UP_RULE_UNRESOLVED', fields: ['credit_unit_id'] },
  });
  const dollars = (await clients.credits.listCreditUnits({})).creditUnits[0]?.id ?? '';
  const uneven = { ...draft, creditUnitId: dollars, terms: { ...TERMS, amount: '0.001' } };
  expect(await failureOf(clients.topUps.createTopUpRule(uneven))).toMatchObject({
    ...{ reason: 'TOP_UP_RULE_INVALID', fields: ['terms.amount'] },
  });
});

test('money is bought for who owes the bills, and no more once another does', async () => {
  const all = await given({ ...TERMS, threshold: '0' });
  const { clients, accountId, subscriptionId, creditUnitId } = all;
  const { account: parent } = await clients.accounts.createAccount({ name: 'Parent' });
  const payerId = parent?.id ?? '';
  const draft = { subscriptionId, creditUnitId, terms: TERMS };
  const early = await failureOf(clients.topUps.createTopUpRule({ ...draft, accountId: payerId }));
  expect(early).toMatchObject({
    ...{ code: 'FailedPrecondition', reason: 'TOP_UP_RULE_UNRESOLVED' },
    fields: ['subscription_id'],
  });
  await clients.accounts.updateAccount({ accountId, parentAccountId: payerId });

  // Of the account whose bills another owes now nothing is bought any more.
  await clients.topUps.updateTopUpRule({
    ...{ topUpRuleId: all.topUpRuleId, terms: { ...TERMS, threshold: '200' } },
  });
  const isPaused = async () => (await all.rule())?.pauseReason === TopUpPauseReason.NOT_PAYER;
  await waitFor(isPaused, { what: 'the rule to pause' });
  expect(await clients.topUps.listTopUps({ topUpRuleId: all.topUpRuleId })).toMatchObject({
    topUps: [],
  });
  const plan = await createPlan(clients, flatFee());
  const { id: otherId } = await subscribe(clients, plan.id, { accountId });
  const refused = await failureOf(
    clients.topUps.createTopUpRule({ ...draft, subscriptionId: otherId, accountId }),
  );
  expect(refused.fields).toEqual(['account_id']);

  // The payer's rule buys at once, by an invoice that the payer owes, what pays the payer's invoices.
  const { topUpRule } = await clients.topUps.createTopUpRule({ ...draft, accountId: payerId });
  const topUpRuleId = topUpRule?.id ?? '';
  const [topUp] = await bought({ ...all, topUpRuleId }, 1, TopUpGrantStatus.GRANTED);
  expect(topUp).toMatchObject({ available: '0', amount: '50', price: '45' });
  const { bill } = await clients.bills.getBill({ billId: topUp?.billId ?? '' });
  expect(bill).toMatchObject({ accountId, payerAccountId: payerId });
  const left = await clients.credits.getCreditBalance({ accountId: payerId, creditUnitId });
  expect(left.balance?.available).toBe('50');

  // It takes its bills back, and its rule goes on.
  await clients.accounts.updateAccount({ accountId, billedTo: BilledTo.SELF });
  await clients.topUps.resumeTopUpRule({ topUpRuleId: all.topUpRuleId });
  const [own] = await bought(all, 1, TopUpGrantStatus.GRANTED);
  expect(own).toMatchObject({ available: '100', amount: '100', price: '90' });
});

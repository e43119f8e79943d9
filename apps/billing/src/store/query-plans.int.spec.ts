import {
  CancelTiming,
  ChangeTiming,
} from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { CreditCategory } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { TopUpGrantTiming } from '@billingrails/contracts/billingrails/billing/v1/top_up_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { tellInvoice } from '../testing/changes';
import type { Document } from 'mongodb';
import type { Clients } from '../testing/clients';
import {
  advanceTo,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../testing/scenario';
import { startWorld, type Replica, type World } from '../testing/world';

const PROFILE_BYTES = 64 * 1024 * 1024;
let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ creditPostMs: 1_000 });
});
afterAll(() => world.stop());

/** Uses every RPC, and every query of the schedulers, in two organisations. */
async function useEverything(): Promise<void> {
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = replica.as(organisationId);
  await clients.testClock.createTestClock({
    currentTime: at('2023-01-01T00:00:00Z'),
    requestId: 'clock',
  });
  const plan = await createPlan(clients, flatFee(), unitFee('mtr_1'));
  const { id: subscriptionId, accountId } = await subscribe(clients, plan.id);
  const { feature } = await clients.features.createFeature({
    code: 'f',
    name: 'F',
    meterProfile: { meterId: 'mtr_1' },
  });
  const featureId = feature?.id ?? '';
  const grantee = { case: 'planId', value: plan.id } as const;
  const { entitlement } = await clients.entitlements.createEntitlement({ featureId, grantee });
  const { product } = await clients.products.createProduct({ code: 'p', name: 'P' });
  const productId = product?.id ?? '';
  await clients.plans.addPlanFee({ planId: plan.id, fee: { ...flatFee(), productId } });
  await clients.products.getProduct({ productId });
  await clients.products.updateProduct({ productId, name: 'Q' });
  await clients.products.archiveProduct({ productId });
  await clients.products.listProducts({ pageSize: 1 });
  await clients.subscriptions.addSubscriptionFee({ subscriptionId, fee: flatFee() });
  await clients.accounts.getAccount({ accountId });
  const parent = await clients.accounts.createAccount({ name: 'Parent' });
  const parentAccountId = parent.account?.id ?? '';
  await clients.accounts.updateAccount({ accountId, parentAccountId });
  await clients.accounts.listAccounts({ parentAccountId, pageSize: 1 });
  await clients.plans.getPlan({ planId: plan.id });
  await clients.subscriptions.getSubscription({ subscriptionId });
  await clients.features.getFeature({ featureId });
  await clients.entitlements.getEntitlement({ entitlementId: entitlement?.id ?? '' });
  await useCredits(clients, accountId, plan.id);
  await useAlerts(clients, accountId);
  await useTopUps(organisationId, clients, accountId, subscriptionId);
  await advanceTo(clients, '2023-04-01T00:00:00Z');
  for (const owner of [
    { case: undefined },
    { case: 'accountId', value: accountId },
    { case: 'subscriptionId', value: subscriptionId },
  ] as const) {
    await clients.settings.updateBillingSettings({ owner, settings: {} });
    await clients.settings.getBillingSettings({ owner });
  }
  await clients.settings.updateBillingSettings({
    owner: { case: 'subscriptionId', value: subscriptionId },
    settings: { usageThresholds: { amounts: ['1000'] } },
  });
  await world.counted(organisationId, accountId);
  await advanceTo(clients, '2023-04-01T12:00:00Z');
  const page = { pageSize: 1 };
  const time = at('2023-01-02T00:00:00Z');
  for (const id of [accountId, 'unknown']) {
    const events = { eventCount: 1n, firstEventTime: time, lastEventTime: time };
    world.meteringServer.addEvents(organisationId, { accountId: id, ...events });
  }
  const testClockTime = at('2023-01-01T00:00:00Z');
  const test = await clients.accounts.createAccount({ name: 'Test', testClockTime });
  const testId = test.account?.id ?? '';
  await subscribe(clients, plan.id, { accountId: testId });
  await advanceTo(clients, '2023-02-01T00:00:00Z', testId);
  await clients.accounts.deleteTestAccount({ accountId: testId });
  await clients.accounts.listUnbilledAccounts({});
  await clients.accounts.getUnbilledReport({});
  for await (const _ of clients.bills.sweepBills({ scope: {} }));
  await clients.accounts.listAccounts(page);
  await clients.plans.listPlans(page);
  await clients.subscriptions.listSubscriptions(page);
  await clients.subscriptions.listSubscriptions({ ...page, accountId });
  await clients.features.listFeatures(page);
  await clients.entitlements.listEntitlements(page);
  await clients.entitlements.listEntitlements({ ...page, featureId });
  const { bills, nextPageToken } = await clients.bills.listBills(page);
  await clients.bills.listBills({
    ...page,
    pageToken: nextPageToken,
    subscriptionId,
  });
  await useReservations(clients, accountId);
  await clients.entitlements.endEntitlement({ entitlementId: entitlement?.id ?? '' });
  await clients.subscriptions.cancelSubscription({ subscriptionId, timing: CancelTiming.NOW });
  await clients.bills.getBill({ billId: bills[0]?.id ?? '' });

  const real = replica.as(newOrganisation());
  const start = new Date(Date.now() - 40 * 86_400_000).toISOString();
  const { id } = await subscribe(real, (await createPlan(real, flatFee())).id, { start });
  const isClosed = async () => {
    const closed = await real.bills.listBills({ subscriptionId: id });
    return closed.bills.length === 1;
  };
  await waitFor(isClosed, { what: 'a period of real time' });
}

/** Asks for access and reserves "f", and ends reservations in every way. */
async function useReservations(
  { entitlements, reservations }: Clients,
  accountId: string,
): Promise<void> {
  const of = { accountId, featureCode: 'f' };
  const reserve = async () => {
    const request = { ...of, quantity: '1', requestId: `${Math.random()}` };
    return (await reservations.createReservation(request)).reservation?.id ?? '';
  };
  const [one, two] = [await reserve(), await reserve()];
  await entitlements.checkAccess(of);
  await entitlements.batchCheckAccess({ accountId, features: [{ featureCode: 'f' }] });
  await reservations.settleReservation({ reservationId: one, idempotencyKey: 'k' });
  await reservations.releaseReservation({ reservationId: two });
  await reservations.getReservation({ reservationId: one });
  const { nextPageToken } = await reservations.listReservations({ accountId, pageSize: 1 });
  await reservations.listReservations({ accountId, pageToken: nextPageToken });
}

/** Makes versions of a plan, lists them and migrates between them, beside subscriptions of another plan. */
async function useVersions(clients: Clients): Promise<void> {
  const { plans, subscriptions } = clients;
  const { id: planId } = await createPlan(clients, flatFee());
  const { id: subscriptionId } = await subscribe(clients, planId);
  const other = await createPlan(clients, flatFee());
  for (let i = 0; i < 5; i += 1) await subscribe(clients, other.id);
  await subscribe(clients, planId);
  await plans.createPlanVersion({ planId });
  await plans.editPlanVersion({ planId, version: 2, edit: { addFees: [flatFee()] } });
  await plans.publishPlanVersion({ planId, version: 2 });
  await plans.createPlanVersion({ planId, publish: true });
  await plans.archivePlanVersion({ planId, version: 3 });
  await plans.getPlan({ planId, version: 1 });
  const { nextPageToken: pageToken } = await plans.listPlanVersions({ planId, pageSize: 1 });
  await plans.listPlanVersions({ planId, pageSize: 1, pageToken });
  const all = { planId, fromVersions: [1], toVersion: 2, timing: ChangeTiming.PERIOD_END };
  const one = { ...all, subscriptionIds: [subscriptionId] };
  for (const migration of [one, all]) {
    await drained(subscriptions.previewMigration({ migration }));
    await drained(subscriptions.migrateSubscriptions({ migration }));
  }
}

/** Creates alerts, of which one fires and stops access, and reads and deletes them. */
async function useAlerts({ alerts, entitlements }: Clients, accountId: string): Promise<void> {
  const figure = {
    case: 'spend',
    value: { currencyCode: 'USD', includeChildren: true },
  } as const;
  const draft = { name: 'A', accountId, figure: { figure } };
  const thresholds = [{ value: '0', stopsAccess: true }];
  const { alert } = await alerts.createAlert({ ...draft, thresholds });
  const alertId = alert?.id ?? '';
  const page = { alertId, pageSize: 1 };
  await waitFor(async () => (await alerts.listAlertEvents(page)).alertEvents.length > 0, {
    what: 'the alert to fire',
  });
  await entitlements.checkAccess({ accountId, featureCode: 'f' });
  await alerts.getAlert({ alertId });
  await alerts.listAlerts({ pageSize: 1 });
  await alerts.listAlertEvents({ pageSize: 1 });
  await alerts.updateAlert({ alertId, name: 'B', thresholds: [{ value: '0' }] });
  await alerts.deleteAlert({ alertId });
}

/** Grants credits, voids and lists them, and asks for the balance. */
async function useCredits(clients: Clients, accountId: string, planId: string): Promise<void> {
  const { credits, recurringCredits } = clients;
  const rates = [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }];
  const { creditUnit } = await credits.createCreditUnit({ code: 'c', name: 'C', rates });
  const creditUnitId = creditUnit?.id ?? '';
  await credits.getCreditUnit({ creditUnitId });
  await credits.listCreditUnits({ pageSize: 1 });
  const draft = { accountId, creditUnitId, amount: '1' };
  await credits.createCreditGrant(draft);
  const { creditGrant } = await credits.createCreditGrant(draft);
  const creditGrantId = creditGrant?.id ?? '';
  await credits.getCreditGrant({ creditGrantId });
  const { plan } = await clients.plans.getPlan({ planId });
  const priced = plan?.fees.flatMap(({ id, meterProfile }) => (meterProfile ? [id] : [])) ?? [];
  const scope = { feeIds: priced };
  await credits.createCreditGrant({ accountId, creditUnitId, amount: '1', scope });
  await credits.voidCreditGrant({ creditGrantId });
  await credits.listCreditGrants({ pageSize: 1 });
  await credits.listCreditGrants({ pageSize: 1, accountId });
  for (const grantee of [
    { case: 'accountId', value: accountId },
    { case: 'planId', value: planId },
  ] as const) {
    const recurring = { grantee, creditUnitId, amount: '1' };
    const made = await recurringCredits.createRecurringCreditGrant(recurring);
    const recurringCreditGrantId = made.recurringCreditGrant?.id ?? '';
    await recurringCredits.getRecurringCreditGrant({ recurringCreditGrantId });
    await recurringCredits.listRecurringCreditGrants({ pageSize: 1 });
    await recurringCredits.listRecurringCreditGrants({ pageSize: 1, grantee });
    await recurringCredits.endRecurringCreditGrant({
      ...{ recurringCreditGrantId, endTime: at('2023-03-01T00:00:00Z') },
    });
  }
  await credits.getCreditBalance({ accountId, creditUnitId });
  const isPosted = async () => {
    const { entries } = await credits.listCreditEntries({ accountId, creditUnitId });
    return entries.length > 0;
  };
  await advanceTo(clients, '2023-01-03T00:00:00Z');
  await waitFor(isPosted, { what: 'credits of a day that is over' });
  await credits.listCreditEntries({ accountId, creditUnitId, pageSize: 1 });
  const dayStartTime = at('2023-01-01T00:00:00Z');
  const postEndTime = at('2023-01-04T00:00:00Z');
  await credits.listCreditEntries({ accountId, creditUnitId, dayStartTime, postEndTime });
  for (const owner of [{}, { accountId }, { creditUnitId }, { accountId, creditUnitId }])
    for await (const _ of credits.exportCreditEntries(owner));
  const period = { startTime: at('2023-01-01T00:00:00Z'), endTime: at('2023-02-01T00:00:00Z') };
  await credits.getCreditRevenue({ creditUnitId, ...period });
  await useMoney(clients, accountId);
}

/** Grants money that pays an invoice and is taken off the account's next bill, and asks for the balance. */
async function useMoney({ credits }: Clients, accountId: string): Promise<void> {
  const draft = { code: 'money', name: 'Money', currencyCode: 'USD' };
  const creditUnitId = (await credits.createCreditUnit(draft)).creditUnit?.id ?? '';
  const grant = { accountId, creditUnitId, amount: '1.00' };
  await credits.createCreditGrant(grant);
  await credits.createCreditGrant({ ...grant, category: CreditCategory.PROMOTIONAL });
  const due = {
    amount: { currencyCode: 'USD', amount: '1.00' },
    issueTime: at('2023-01-03T00:00:00Z'),
  };
  await credits.applyCredits({ invoices: [{ invoiceId: 'inv_1', accountId, ...due }] });
  await credits.returnCredits({ returnId: 'note_1', invoiceId: 'inv_1' });
  await credits.getCreditBalance({ accountId, creditUnitId });
}

/** Has credits bought, lists what was, and pays for it. */
async function useTopUps(
  organisationId: OrganisationId,
  { credits, topUps }: Clients,
  accountId: string,
  subscriptionId: string,
): Promise<void> {
  const { creditUnits } = await credits.listCreditUnits({});
  const grantTiming = TopUpGrantTiming.INVOICE_PAID;
  const terms = { threshold: '5', amount: '10', price: '1', grantTiming };
  const rule = { accountId, subscriptionId, creditUnitId: creditUnits[0]?.id ?? '', terms };
  const { topUpRule } = await topUps.createTopUpRule(rule);
  const topUpRuleId = topUpRule?.id ?? '';
  await topUps.getTopUpRule({ topUpRuleId });
  await topUps.updateTopUpRule({ topUpRuleId, terms });
  await topUps.pauseTopUpRule({ topUpRuleId });
  await topUps.resumeTopUpRule({ topUpRuleId });
  await topUps.listTopUpRules({ pageSize: 1 });
  await topUps.listTopUpRules({ pageSize: 1, accountId });
  const isBought = async () => (await topUps.listTopUps({ topUpRuleId })).topUps.length > 0;
  await waitFor(isBought, { what: 'credits to be bought' });
  const listed = await topUps.listTopUps({ topUpRuleId, pageSize: 1 });
  const billId = listed.topUps[0]?.billId ?? '';
  await tellInvoice(replica, organisationId, 'invoice.paid', { id: 'inv_paid', billId });
  const isGranted = async () =>
    (await topUps.listTopUps({ topUpRuleId })).topUps[0]?.creditGrantId !== '';
  await waitFor(isGranted, { what: 'credits to be granted' });
}

async function drained(stream: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of stream);
}

test('no query, served or of a scheduler, scans a collection or sorts in memory', async () => {
  const { db } = replica.mongo;
  // Enough of others' things that a scan would not pass for a lookup.
  for (let i = 0; i < 30; i += 1) {
    const clients = replica.as(newOrganisation());
    await subscribe(clients, (await createPlan(clients)).id);
  }
  // As much as there is to profile: in the usual mebibyte what comes first is overwritten.
  await db.createCollection('system.profile', { capped: true, size: PROFILE_BYTES });
  await db.command({ profile: 2 });
  await useEverything();
  await useVersions(replica.as(newOrganisation()));
  await db.command({ profile: 0 });
  const operations = await db
    .collection('system.profile')
    .find({ ns: { $regex: '^billing\\.(?!system)' }, planSummary: { $exists: true } })
    .toArray();
  const collections = new Set(operations.map(({ ns }) => ns as string));
  for (const name of [
    'accounts',
    'plans',
    'plan_versions',
    'products',
    'subscriptions',
    'features',
    'entitlements',
    'holds',
    'reservations',
    'clocks',
    'bills',
    'credit_units',
    'credit_grants',
    'credit_pools',
    'credit_entries',
    'credit_states',
    'recurring_credit_grants',
    'credit_due',
    'credit_uses',
    'top_up_rules',
    'top_ups',
    'billing_settings',
    'alerts',
    'alert_states',
    'alert_events',
  ]) {
    expect(collections).toContain(`billing.${name}`);
  }
  const bad = operations.filter(
    (operation: Document) =>
      /COLLSCAN/.test(String(operation['planSummary'])) || operation['hasSortStage'] === true,
  );
  expect(
    bad.map((operation) => [
      operation['ns'],
      operation['planSummary'],
      JSON.stringify(operation['command']),
    ]),
  ).toEqual([]);
  // Lookups touch what they return: nobody reads through another organisation's documents.
  const wasteful = operations.filter(
    ({ docsExamined, nreturned, ndeleted, command }: Document) =>
      docsExamined > (nreturned ?? ndeleted ?? 1) + 2 && !isCount(command),
  );
  expect(
    wasteful.map((operation) => [
      operation['ns'],
      operation['docsExamined'],
      JSON.stringify(operation['command']),
    ]),
  ).toEqual([]);
});

/** It returns one document, however many it counts. */
function isCount({ pipeline = [] }: Document): boolean {
  return JSON.stringify(pipeline).includes('{"$group":{"_id":1,"n":{"$sum":1}}}');
}

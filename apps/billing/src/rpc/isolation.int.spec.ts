import { CancelTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { Clients } from '../testing/clients';
import { failureOf } from '../testing/failure';
import {
  advanceTo,
  at,
  allBills,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../testing/scenario';
import { startWorld, type World } from '../testing/world';

let world: World;
let owner: Clients;
let stranger: Clients;
const ids = {
  account: 'acct_shared',
  plan: '',
  subscription: '',
  feature: '',
  product: '',
  entitlement: '',
  creditUnit: '',
  creditGrant: '',
  recurringCreditGrant: '',
  topUpRule: '',
  reservation: '',
  alert: '',
  period: '',
};

const ALERT_THRESHOLDS = [{ value: '1' }];
/** Of a rule that buys nothing here. */
const TERMS = { threshold: '0', amount: '1', price: '1' };

beforeAll(async () => {
  world = await startWorld();
  const replica = await world.replica();
  const organisationId = newOrganisation();
  owner = replica.as(organisationId);
  stranger = replica.as(newOrganisation());
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  await owner.testClock.createTestClock({ currentTime: at('2023-01-01T00:00:00Z') });
  await owner.accounts.createAccount({ accountId: ids.account, name: 'Owner' });
  ids.plan = (await createPlan(owner, flatFee(), unitFee('mtr_1'))).id;
  const subscription = await subscribe(owner, ids.plan);
  ids.subscription = subscription.id;
  const { feature } = await owner.features.createFeature({ code: 'feature', name: 'Feature' });
  ids.feature = feature?.id ?? '';
  const { product } = await owner.products.createProduct({ code: 'product', name: 'Product' });
  ids.product = product?.id ?? '';
  const grantee = { case: 'planId', value: ids.plan } as const;
  const { entitlement } = await owner.entitlements.createEntitlement({
    featureId: ids.feature,
    grantee,
  });
  ids.entitlement = entitlement?.id ?? '';
  const { creditUnit } = await owner.credits.createCreditUnit({
    ...{ code: 'credits', name: 'Credits' },
    rates: [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }],
  });
  ids.creditUnit = creditUnit?.id ?? '';
  const { creditGrant } = await owner.credits.createCreditGrant({
    ...{ accountId: ids.account, creditUnitId: ids.creditUnit, amount: '1' },
  });
  ids.creditGrant = creditGrant?.id ?? '';
  const { recurringCreditGrant } = await owner.recurringCredits.createRecurringCreditGrant({
    ...{ grantee: { case: 'planId', value: ids.plan }, creditUnitId: ids.creditUnit, amount: '1' },
  });
  ids.recurringCreditGrant = recurringCreditGrant?.id ?? '';
  const { topUpRule } = await owner.topUps.createTopUpRule({
    ...{ accountId: subscription.accountId, creditUnitId: ids.creditUnit, terms: TERMS },
    subscriptionId: ids.subscription,
  });
  ids.topUpRule = topUpRule?.id ?? '';
  ids.reservation = await reserved(organisationId);
  const { alert } = await owner.alerts.createAlert({
    ...{ name: 'Alert', accountId: ids.account, thresholds: ALERT_THRESHOLDS },
    figure: { figure: { case: 'creditBalance', value: { creditUnitId: ids.creditUnit } } },
  });
  ids.alert = alert?.id ?? '';
  await advanceTo(owner, '2023-02-01T00:00:00Z');
  ids.period = (await allBills(owner))[0]?.id ?? '';
});
afterAll(() => world.stop());

/** Something of "calls" that is reserved for the account. */
async function reserved(organisationId: string): Promise<string> {
  world.meteringServer.addMeter(organisationId as OrganisationId, 'mtr_2', 'calls');
  const { feature } = await owner.features.createFeature({
    ...{ code: 'calls', name: 'Calls', meterProfile: { meterId: 'mtr_2' } },
  });
  await owner.entitlements.createEntitlement({
    ...{ featureId: feature?.id ?? '', grantee: { case: 'accountId', value: ids.account } },
  });
  const of = { accountId: ids.account, featureCode: 'calls', quantity: '1' };
  return (await owner.reservations.createReservation(of)).reservation?.id ?? '';
}

const reads: Record<string, (of: Clients, known: boolean) => Promise<unknown>> = {
  GetAccount: (of, known) =>
    of.accounts.getAccount({ accountId: known ? ids.account : 'acct_none' }),
  UpdateAccount: (of, known) =>
    of.accounts.updateAccount({ accountId: known ? ids.account : 'acct_none', name: 'Mine' }),
  GetPlan: (of, known) => of.plans.getPlan({ planId: known ? ids.plan : 'plan_none' }),
  GetSubscription: (of, known) =>
    of.subscriptions.getSubscription({ subscriptionId: known ? ids.subscription : 'sub_none' }),
  GetFeature: (of, known) =>
    of.features.getFeature({ featureId: known ? ids.feature : 'feat_none' }),
  GetEntitlement: (of, known) =>
    of.entitlements.getEntitlement({ entitlementId: known ? ids.entitlement : 'ent_none' }),
  GetBill: (of, known) => of.bills.getBill({ billId: known ? ids.period : 'bill_none' }),
  ListBillLines: (of, known) =>
    of.bills.listBillLines({ billId: known ? ids.period : 'bill_none' }),
  GetTestClock: (of) => of.testClock.getTestClock({}),
  CheckAccess: (of, known) =>
    of.entitlements.checkAccess({
      accountId: ids.account,
      featureCode: known ? 'feature' : 'none',
    }),
  GetCreditBalance: (of, known) =>
    of.credits.getCreditBalance({
      accountId: ids.account,
      creditUnitId: known ? ids.creditUnit : 'cun_none',
    }),
  ListCreditEntries: (of, known) =>
    of.credits.listCreditEntries({
      accountId: ids.account,
      creditUnitId: known ? ids.creditUnit : 'cun_none',
    }),
  GetCreditRevenue: (of, known) =>
    of.credits.getCreditRevenue({
      creditUnitId: known ? ids.creditUnit : 'cun_none',
      ...{ startTime: at('2023-01-01T00:00:00Z'), endTime: at('2023-02-01T00:00:00Z') },
    }),
  GetCreditUnit: (of, known) =>
    of.credits.getCreditUnit({ creditUnitId: known ? ids.creditUnit : 'cun_none' }),
  GetCreditGrant: (of, known) =>
    of.credits.getCreditGrant({ creditGrantId: known ? ids.creditGrant : 'cgr_none' }),
  VoidCreditGrant: (of, known) =>
    of.credits.voidCreditGrant({ creditGrantId: known ? ids.creditGrant : 'cgr_none' }),
  GetRecurringCreditGrant: (of, known) =>
    of.recurringCredits.getRecurringCreditGrant({
      recurringCreditGrantId: known ? ids.recurringCreditGrant : 'rcg_none',
    }),
  EndRecurringCreditGrant: (of, known) =>
    of.recurringCredits.endRecurringCreditGrant({
      recurringCreditGrantId: known ? ids.recurringCreditGrant : 'rcg_none',
    }),
  GetTopUpRule: (of, known) =>
    of.topUps.getTopUpRule({ topUpRuleId: known ? ids.topUpRule : 'tur_none' }),
  UpdateTopUpRule: (of, known) =>
    of.topUps.updateTopUpRule({ topUpRuleId: known ? ids.topUpRule : 'tur_none', terms: TERMS }),
  PauseTopUpRule: (of, known) =>
    of.topUps.pauseTopUpRule({ topUpRuleId: known ? ids.topUpRule : 'tur_none' }),
  ResumeTopUpRule: (of, known) =>
    of.topUps.resumeTopUpRule({ topUpRuleId: known ? ids.topUpRule : 'tur_none' }),
  ListTopUps: (of, known) =>
    of.topUps.listTopUps({ topUpRuleId: known ? ids.topUpRule : 'tur_none' }),
  BatchCheckAccess: (of) =>
    of.entitlements.batchCheckAccess({
      ...{ accountId: ids.account, features: [{ featureCode: 'feature' }] },
    }),
  EndEntitlement: (of, known) =>
    of.entitlements.endEntitlement({ entitlementId: known ? ids.entitlement : 'ent_none' }),
  CreateReservation: (of) =>
    of.reservations.createReservation({
      ...{ accountId: ids.account, featureCode: 'calls', quantity: '1' },
    }),
  GetReservation: (of, known) =>
    of.reservations.getReservation({ reservationId: known ? ids.reservation : 'rsv_none' }),
  SettleReservation: (of, known) =>
    of.reservations.settleReservation({
      ...{ reservationId: known ? ids.reservation : 'rsv_none', idempotencyKey: 'k' },
    }),
  ReleaseReservation: (of, known) =>
    of.reservations.releaseReservation({ reservationId: known ? ids.reservation : 'rsv_none' }),
  AddPlanFee: (of, known) =>
    of.plans.addPlanFee({ planId: known ? ids.plan : 'plan_none', fee: flatFee() }),
  CreatePlanVersion: (of, known) =>
    of.plans.createPlanVersion({ planId: known ? ids.plan : 'plan_none' }),
  EditPlanVersion: (of, known) =>
    of.plans.editPlanVersion({ planId: known ? ids.plan : 'plan_none', version: 1, edit: {} }),
  PublishPlanVersion: (of, known) =>
    of.plans.publishPlanVersion({ planId: known ? ids.plan : 'plan_none', version: 1 }),
  ArchivePlanVersion: (of, known) =>
    of.plans.archivePlanVersion({ planId: known ? ids.plan : 'plan_none', version: 1 }),
  ArchivePlan: (of, known) => of.plans.archivePlan({ planId: known ? ids.plan : 'plan_none' }),
  ListPlanVersions: (of, known) =>
    of.plans.listPlanVersions({ planId: known ? ids.plan : 'plan_none' }),
  AddSubscriptionFee: (of, known) =>
    of.subscriptions.addSubscriptionFee({
      subscriptionId: known ? ids.subscription : 'sub_none',
      fee: flatFee(),
    }),
  CancelSubscription: (of, known) =>
    of.subscriptions.cancelSubscription({
      subscriptionId: known ? ids.subscription : 'sub_none',
      timing: CancelTiming.NOW,
    }),
  GetBillingSettings: (of, known) =>
    of.settings.getBillingSettings({
      owner: { case: 'accountId', value: known ? ids.account : 'acct_none' },
    }),
  UpdateBillingSettings: (of, known) =>
    of.settings.updateBillingSettings({
      owner: { case: 'subscriptionId', value: known ? ids.subscription : 'sub_none' },
      settings: {},
    }),
  GetAlert: (of, known) => of.alerts.getAlert({ alertId: known ? ids.alert : 'alr_none' }),
  UpdateAlert: (of, known) =>
    of.alerts.updateAlert({
      ...{ alertId: known ? ids.alert : 'alr_none', name: 'Mine', thresholds: ALERT_THRESHOLDS },
    }),
  DeleteAlert: (of, known) => of.alerts.deleteAlert({ alertId: known ? ids.alert : 'alr_none' }),
  DeleteTestAccount: (of, known) =>
    of.accounts.deleteTestAccount({ accountId: known ? ids.account : 'acct_none' }),
  AdvanceTestClock: (of) =>
    of.testClock.advanceTestClock({ currentTime: at('2023-02-02T00:00:00Z') }),
};

test.each(Object.entries(reads))(
  "%s of another organisation's thing looks exactly missing",
  async (_name, read) => {
    const failure = await failureOf(read(stranger, true));
    expect(failure).toEqual(await failureOf(read(stranger, false)));
    expect(failure.code).toBe('NotFound');
  },
);

test("nothing can be made of another organisation's things", async () => {
  await stranger.accounts.createAccount({ accountId: 'acct_own', name: 'Own' });
  const own = await createPlan(stranger, flatFee());
  const { feature } = await stranger.features.createFeature({ code: 'feature', name: 'Feature' });
  type Call = [() => Promise<unknown>, string[]];
  const calls: Call[] = [
    [
      () => stranger.subscriptions.createSubscription({ accountId: ids.account, planId: own.id }),
      ['account_id'],
    ],
    [
      () =>
        stranger.accounts.updateAccount({ accountId: 'acct_own', parentAccountId: ids.account }),
      ['parent_account_id'],
    ],
    [
      () => stranger.subscriptions.createSubscription({ accountId: 'acct_own', planId: ids.plan }),
      ['plan_id'],
    ],
    [
      () =>
        stranger.entitlements.createEntitlement({
          featureId: ids.feature,
          grantee: { case: 'planId', value: own.id },
        }),
      ['feature_id'],
    ],
    [
      () =>
        stranger.entitlements.createEntitlement({
          featureId: feature?.id ?? '',
          grantee: { case: 'planId', value: ids.plan },
        }),
      ['plan_id'],
    ],
    [
      () =>
        stranger.entitlements.createEntitlement({
          featureId: feature?.id ?? '',
          grantee: { case: 'subscriptionId', value: ids.subscription },
        }),
      ['subscription_id'],
    ],
    [
      () =>
        stranger.entitlements.createEntitlement({
          featureId: feature?.id ?? '',
          grantee: { case: 'accountId', value: ids.account },
        }),
      ['account_id'],
    ],
    [
      () =>
        stranger.plans.createPlan({ name: 'Plan', currencyCode: 'USD', fees: [unitFee('mtr_1')] }),
      ['fees[0].meter_profile.meter_id'],
    ],
    [
      () =>
        stranger.credits.createCreditGrant({
          ...{ accountId: ids.account, creditUnitId: ids.creditUnit, amount: '1' },
        }),
      ['account_id', 'credit_unit_id'],
    ],
    [
      () =>
        stranger.topUps.createTopUpRule({
          ...{ accountId: ids.account, creditUnitId: ids.creditUnit },
          ...{ subscriptionId: ids.subscription, terms: TERMS },
        }),
      ['account_id', 'credit_unit_id', 'subscription_id'],
    ],
    ...(['planId', 'subscriptionId', 'accountId'] as const).map((kind): Call => {
      const named = {
        planId: 'plan',
        subscriptionId: 'subscription',
        accountId: 'account',
      } as const;
      const grantee = { case: kind, value: ids[named[kind]] };
      const draft = { grantee, creditUnitId: ids.creditUnit, amount: '1' };
      return [
        () => stranger.recurringCredits.createRecurringCreditGrant(draft),
        [`${named[kind]}_id`, 'credit_unit_id'],
      ];
    }),
    [
      () =>
        stranger.alerts.createAlert({
          ...{ name: 'Alert', accountId: ids.account, thresholds: ALERT_THRESHOLDS },
          figure: { figure: { case: 'limitShare', value: { featureId: ids.feature } } },
        }),
      ['account_id', 'figure.limit_share.feature_id'],
    ],
    [
      () =>
        stranger.features.createFeature({
          code: 'metered',
          name: 'Metered',
          meterProfile: { meterId: 'mtr_1' },
        }),
      ['meter_profile.meter_id'],
    ],
  ];
  for (const [call, fields] of calls) {
    expect(await failureOf(call())).toMatchObject({ code: 'FailedPrecondition', fields });
  }
});

test('two organisations may have accounts of the same id and features of the same code', async () => {
  await stranger.accounts.createAccount({ accountId: ids.account, name: 'Stranger' });
  const names = [owner, stranger].map(
    async (of) => (await of.accounts.getAccount({ accountId: ids.account })).account?.name,
  );
  expect(await Promise.all(names)).toEqual(['Owner', 'Stranger']);
});

test('an account id or a feature code is taken once in an organisation, and a grantee has a feature once', async () => {
  const grantee = { case: 'planId', value: ids.plan } as const;
  const calls = [
    owner.accounts.createAccount({ accountId: ids.account, name: 'Again' }),
    owner.features.createFeature({ code: 'feature', name: 'Again' }),
    owner.entitlements.createEntitlement({ featureId: ids.feature, grantee }),
  ];
  const failures = await Promise.all(calls.map(failureOf));
  expect(failures.map(({ code, reason }) => [code, reason])).toEqual([
    ['AlreadyExists', 'ACCOUNT_EXISTS'],
    ['AlreadyExists', 'FEATURE_EXISTS'],
    ['AlreadyExists', 'ENTITLEMENT_EXISTS'],
  ]);
});

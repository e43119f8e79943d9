import { timestampMs } from '@bufbuild/protobuf/wkt';
import { InvoiceGrouping } from '@billingrails/contracts/billingrails/billing/v1/account_pb';
import type { BillingSettings } from '@billingrails/contracts/billingrails/billing/v1/billing_settings_pb';
import { FeeTiming } from '@billingrails/contracts/billingrails/billing/v1/plan_pb';
import { ChangeTiming } from '@billingrails/contracts/billingrails/billing/v1/subscription_service_pb';
import { LineKind, LineReason } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import { sentMessages } from '../../testing/billing-messages';
import type { Clients } from '../../testing/clients';
import { countOf } from '../../testing/counted-calls';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

let world: World;
let replicas: Replica[];
/** When calls happened, by organisation: the same for each of its accounts. */
const calls = new Map<string, number[]>();
beforeAll(async () => {
  world = await startWorld();
  replicas = [await world.replica(), await world.replica()];
  world.meteringServer.usage = (asked) =>
    countOf(() => calls.get(asked.organisationId) ?? [])(asked);
});
afterAll(() => world.stop());

/** A plan of a fee in advance and calls at 0.50, which bills them at 50.00, 100.00 and every further 25.00. */
async function given(testClock = '2024-01-01T00:00:00Z') {
  const organisationId = newOrganisation();
  calls.set(organisationId, []);
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const clients = clientsOf(organisationId);
  if (testClock !== '') await clients.testClock.createTestClock({ currentTime: at(testClock) });
  const { plan } = await clients.plans.createPlan({
    ...{ name: 'Plan', currencyCode: 'USD' },
    fees: [{ ...flatFee(), timing: FeeTiming.ADVANCE }, unitFee('mtr_1')],
    usageThresholds: { amounts: ['50', '100.00'], furtherStep: '25' },
  });
  expect(plan?.usageThresholds).toMatchObject({ amounts: ['50', '100'], furtherStep: '25' });
  return { organisationId, clients, planId: plan?.id ?? '' };
}

function clientsOf(organisationId: OrganisationId): Clients {
  const [first] = replicas;
  if (first === undefined) throw new Error('A replica was started.');
  return first.as(organisationId);
}

/** So many calls at an instant; below 0 the last ones are taken back. */
function call(organisationId: OrganisationId, count: number, time: string | number): void {
  const all = calls.get(organisationId) ?? [];
  if (count < 0) all.splice(count);
  else
    all.push(...new Array<number>(count).fill(typeof time === 'number' ? time : Date.parse(time)));
}

/** The bills after the first, which is of the fee in advance: of each its date and lines. */
async function told(clients: Clients): Promise<string[]> {
  const [, ...bills] = await allBills(clients);
  return bills.map(({ dueTime, lines }) =>
    [
      dueTime && new Date(timestampMs(dueTime)).toISOString().slice(5, 13),
      ...lines.map(({ kind, reason, quantity, amount }) =>
        [LineKind[kind], LineReason[reason], quantity, amount?.amount].join(' '),
      ),
    ].join(', '),
  );
}

test('usage is billed when it reaches a threshold, and the rest when the cycle has ended', async () => {
  const { organisationId, clients, planId } = await given();
  const { id: subscriptionId } = await subscribe(clients, planId);
  call(organisationId, 120, '2024-01-09T10:00:00Z');
  call(organisationId, 80, '2024-01-20T10:00:00Z');
  call(organisationId, 5, '2024-01-28T10:00:00Z');
  call(organisationId, 200, '2024-02-03T10:00:00Z');
  await advanceTo(clients, '2024-02-10T00:00:00Z');
  const expected = [
    '01-10T00, USAGE THRESHOLD_REACHED 120 60.00',
    '01-21T00, USAGE THRESHOLD_REACHED 200 40.00',
    '02-01T00, USAGE BILLED_IN_PART 205 2.50, RECURRING UNSPECIFIED 1 20.00',
    '02-04T00, USAGE THRESHOLD_REACHED 200 100.00',
  ];
  expect(await told(clients)).toEqual(expected);
  await advanceTo(clients, '2024-02-11T12:00:00Z');
  expect(await told(clients)).toEqual(expected);
  const { bill } = await clients.bills.previewBill({ subscriptionId });
  expect(bill?.lines.map(({ reason, amount }) => [LineReason[reason], amount?.amount])).toEqual([
    ['BILLED_IN_PART', '0.00'],
  ]);
});

test('what is told is billed at once, what is taken back is credited at the end, and a clock that rests is looked at', async () => {
  const { organisationId, clients, planId } = await given();
  const { accountId } = await subscribe(clients, planId);
  await advanceTo(clients, '2024-01-09T12:00:00Z');
  call(organisationId, 99, '2024-01-09T10:00:00Z');
  await world.counted(organisationId, accountId, 'acct_unknown');
  call(organisationId, 21, '2024-01-09T10:30:00Z');
  await world.counted(organisationId, accountId);
  await waitFor(async () => (await told(clients)).length === 1, { what: 'the threshold of 50.00' });
  call(organisationId, 80, '2024-01-09T13:00:00Z');
  await advanceTo(clients, '2024-01-09T14:00:00Z');
  call(organisationId, -150, '');
  await world.counted(organisationId, accountId);
  await advanceTo(clients, '2024-02-01T00:00:00Z');
  expect(await told(clients)).toEqual([
    '01-09T12, USAGE THRESHOLD_REACHED 120 60.00',
    '01-09T14, USAGE THRESHOLD_REACHED 200 40.00',
    '02-01T00, ADJUSTMENT VOIDED_USAGE 50 -75.00, RECURRING UNSPECIFIED 1 20.00',
  ]);
});

test('by the real time it is one bill, an invoice of its own, however often it is told and by how many replicas it is heard', async () => {
  const { organisationId, clients, planId } = await given('');
  const { account } = await clients.accounts.createAccount({
    ...{ name: 'Account', invoiceGrouping: InvoiceGrouping.JOINT },
  });
  const accountId = account?.id ?? '';
  await subscribe(clients, planId, { accountId });
  const { startTime } = await subscribe(clients, planId, { accountId });
  const bothMs = startTime === undefined ? NaN : timestampMs(startTime);
  const made = async () =>
    (await allBills(clients)).filter(({ lines }) =>
      lines.some(({ reason }) => reason === LineReason.THRESHOLD_REACHED),
    );
  // It is told again and again while it goes on.
  for (let round = 1; round <= 3; round += 1) {
    call(organisationId, 100, bothMs);
    for (let time = 0; time < 3; time += 1) await world.counted(organisationId, accountId);
    await waitFor(
      async () => {
        const amounts = (await made()).map(({ total }) => Number(total?.amount));
        return amounts.reduce((sum, amount) => sum + amount, 0) === round * 2 * 50;
      },
      { what: `threshold ${round} of both subscriptions` },
    );
  }
  expect((await made()).map(({ total }) => total?.amount)).toEqual(Array(6).fill('50.00'));
  const ids = (await made()).map(({ id }) => id);
  const [{ bus }] = replicas as [Replica];
  const sent = async () =>
    (await sentMessages(bus)).flatMap(({ content }) =>
      ids.includes(content.bill?.id ?? '') ? [content.jointId] : [],
    );
  await waitFor(async () => (await sent()).length === ids.length, { what: 'a message each' });
  expect(new Set(await sent())).toEqual(new Set(['']));
});

test('a subscription has its own, or none, in the place of those of its plan, and changes keep it watched', async () => {
  const { organisationId, clients, planId } = await given();
  const { id, accountId } = await subscribe(clients, planId);
  const owner = { case: 'subscriptionId', value: id } as const;
  const set = (usageThresholds?: { amounts: string[]; furtherStep?: string }) =>
    clients.settings.updateBillingSettings({
      owner,
      settings: usageThresholds === undefined ? {} : { usageThresholds },
    });
  const amountsOf = ({ effective }: { readonly effective?: BillingSettings | undefined }) =>
    effective?.usageThresholds?.amounts;
  expect(amountsOf(await clients.settings.getBillingSettings({ owner }))).toEqual(['50', '100']);
  expect(amountsOf(await set({ amounts: [] }))).toEqual([]);
  call(organisationId, 120, '2024-01-02T00:00:00Z');
  await advanceTo(clients, '2024-01-05T00:00:00Z');
  expect(await told(clients)).toEqual([]);
  expect(amountsOf(await set({ amounts: ['55.5', '70'] }))).toEqual(['55.5', '70']);
  await waitFor(async () => (await told(clients)).length === 1, {
    what: 'what is reached already',
  });
  call(organisationId, 40, '2024-01-06T00:00:00Z');
  const change = { quantity: '2', timing: ChangeTiming.AT_TIME };
  const effectiveTime = at('2024-01-05T12:00:00Z');
  await clients.subscriptions.changeSubscription({
    ...{ subscriptionId: id, change: { ...change, effectiveTime } },
  });
  await advanceTo(clients, '2024-01-08T00:00:00Z');
  expect(await told(clients)).toEqual([
    '01-05T00, USAGE THRESHOLD_REACHED 120 60.00',
    '01-07T00, USAGE THRESHOLD_REACHED 160 20.00',
  ]);
  expect(amountsOf(await set())).toEqual(['50', '100']);

  const fieldsOf = async (asked: Promise<unknown>) => {
    const failure = await failureOf(asked);
    expect(failure).toMatchObject({ code: 'InvalidArgument' });
    return failure.fields;
  };
  expect(await fieldsOf(set({ amounts: ['2', '1.001'], furtherStep: '0' }))).toEqual([
    'settings.usage_thresholds.amounts[1]',
    'settings.usage_thresholds.amounts[1]',
    'settings.usage_thresholds.further_step',
  ]);
  const usageThresholds = { amounts: ['1'] };
  for (const wider of [{ case: undefined }, { case: 'accountId', value: accountId }] as const)
    expect(
      await fieldsOf(
        clients.settings.updateBillingSettings({ owner: wider, settings: { usageThresholds } }),
      ),
    ).toEqual(['settings.usage_thresholds']);
  const edited = clients.plans.createPlanVersion({
    ...{ planId, edit: { usageThresholds: { amounts: ['0'] } } },
  });
  expect(await fieldsOf(edited)).toEqual(['edit.usage_thresholds.amounts[0]']);
});

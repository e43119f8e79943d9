import {
  CreditCategory,
  CreditEntryKind,
  type CreditBalance,
  type CreditEntry,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { Bill } from '@billingrails/contracts/billingrails/billing/v1/bill_pb';
import { LineKind } from '@billingrails/contracts/billingrails/common/v1/line_pb';
import type { OrganisationId } from '@billingrails/ids';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
import { countOf } from '../../testing/counted-calls';
import { failureOf } from '../../testing/failure';
import {
  advanceTo,
  allBills,
  at,
  createPlan,
  flatFee,
  newOrganisation,
  subscribe,
  unitFee,
} from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';

const ACCOUNT = 'acct_1';

let world: World;
let replica: Replica;
let organisationId: OrganisationId;
let clients: Clients;
let unitId: string;
/** When calls happened, as far as metering knows. */
let calls: number[];

beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ creditPostMs: 50 });
});
afterAll(() => world.stop());

beforeEach(async () => {
  organisationId = newOrganisation();
  calls = [];
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  world.meteringServer.usage = countOf(() => calls);
  clients = replica.as(organisationId);
  await clients.testClock.createTestClock({ currentTime: at('2024-01-01T00:00:00Z') });
  await clients.accounts.createAccount({ accountId: ACCOUNT, name: 'Account' });
  const money = { code: 'usd', name: 'US dollars', currencyCode: 'USD' };
  unitId = (await clients.credits.createCreditUnit(money)).creditUnit?.id ?? '';
});

const call = (count: number, time: string) => {
  for (let i = 0; i < count; i += 1) calls.push(Date.parse(time) + i);
};

type Terms = Omit<
  Parameters<Clients['credits']['createCreditGrant']>[0],
  'accountId' | 'creditUnitId' | '$typeName'
>;

async function grant(terms: Terms): Promise<string> {
  const { creditGrant } = await clients.credits.createCreditGrant({
    ...{ accountId: ACCOUNT, creditUnitId: unitId, ...terms },
  });
  return creditGrant?.id ?? '';
}

const gift = (amount: string, terms: Omit<Terms, 'amount'> = {}) =>
  grant({ amount, category: CreditCategory.PROMOTIONAL, ...terms });

async function balance(time?: string): Promise<CreditBalance> {
  const { balance: found } = await clients.credits.getCreditBalance({
    ...{ accountId: ACCOUNT, creditUnitId: unitId },
    ...(time === undefined ? {} : { time: at(time) }),
  });
  if (found === undefined) throw new Error('The balance was not returned.');
  return found;
}

/** An account of a flat fee of 20.00 and 0.50 a call, in arrear. */
async function subscribed(): Promise<{ id: string; feeIds: string[] }> {
  const plan = await createPlan(clients, flatFee(), unitFee('mtr_1'));
  const { id } = await subscribe(clients, plan.id, { accountId: ACCOUNT });
  return { id, feeIds: plan.fees.map((fee) => fee.id) };
}

const linesOf = ({ lines }: Bill) =>
  lines.map(({ kind, amount }) => `${LineKind[kind]} ${amount?.amount}`);

const pay = (invoiceId: string, amount: string, issueTime = '2024-01-15T00:00:00Z') =>
  clients.credits.applyCredits({
    invoices: [
      {
        ...{ invoiceId, accountId: ACCOUNT, amount: { currencyCode: 'USD', amount } },
        issueTime: at(issueTime),
      },
    ],
  });

async function paid(...request: Parameters<typeof pay>): Promise<string[]> {
  const { invoices } = await pay(...request);
  return invoices.flatMap(({ credits }) => credits.map(({ amount }) => amount));
}

test('promotional credits are taken off a bill before tax, spread over its lines, as the preview shows', async () => {
  const { id } = await subscribed();
  call(21, '2024-01-10T00:00:00Z');
  const welcome = await gift('10.01', { memo: 'Welcome' });
  await advanceTo(clients, '2024-01-31T23:59:59.999Z');
  const { bill: preview } = await clients.bills.previewBill({ subscriptionId: id });
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  const [bill] = await allBills(clients);
  if (bill === undefined) throw new Error('There is no bill.');
  // 10.01 over 20.00 and 10.50: rounded down after each, the last takes the rest.
  expect(linesOf(bill)).toEqual([
    'RECURRING 20.00',
    'USAGE 10.50',
    'PROMOTIONAL_CREDIT -6.56',
    'PROMOTIONAL_CREDIT -3.45',
  ]);
  expect(preview && linesOf(preview)).toEqual(linesOf(bill));
  expect(bill).toMatchObject({ total: { amount: '20.49' } });
  const [fee, , ...credits] = bill.lines;
  expect(credits[0]).toMatchObject({
    ...{ description: 'Welcome', creditGrantId: welcome, coveredChargeId: fee?.chargeId },
    steps: [
      {
        amount: '6.56',
        arithmetic: {
          case: 'spread',
          value: { whole: '10.01', start: '0', end: '20', total: '30.5', fractionDigits: '2' },
        },
      },
    ],
  });
  expect(await balance()).toMatchObject({
    ...{ available: '0', used: '10.01' },
    grants: [{ creditGrantId: welcome, burned: '10.01', remaining: '0' }],
  });
});

test('what is voided gives credits back by entries, on the bill and in the ledger, and nothing is edited', async () => {
  const { id } = await subscribed();
  call(20, '2024-01-10T00:00:00Z');
  await gift('12.00');
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  expect((await allBills(clients)).map(linesOf)).toEqual([
    ['RECURRING 20.00', 'USAGE 10.00', 'PROMOTIONAL_CREDIT -8.00', 'PROMOTIONAL_CREDIT -4.00'],
  ]);
  // All but two calls are taken back: of 10.00 they come to 1.00, so 3.00 of the credits were too much.
  calls = calls.slice(0, 2);
  const scope = { subscriptionIds: [id] };
  for await (const _ of clients.prices.reRate({ scope }));
  for await (const { bill } of clients.prices.reRate({ scope })) expect(bill).toBeUndefined();
  const [first, second] = await allBills(clients);
  expect(second && linesOf(second)).toEqual(['ADJUSTMENT -9.00', 'PROMOTIONAL_CREDIT 3.00']);
  expect(second?.lines[1]).toMatchObject({ correctsBillId: first?.id, credited: true });
  expect(await balance()).toMatchObject({ available: '3', used: '9' });
  await advanceTo(clients, '2024-02-04T00:00:00Z');
  const entries = await waitFor(
    async () => {
      const owner = { accountId: ACCOUNT, creditUnitId: unitId };
      const { entries: found } = await clients.credits.listCreditEntries(owner);
      return found.length >= 3 ? found : undefined;
    },
    { what: 'what was burned and given back to be posted' },
  );
  expect(
    entries.map(({ kind, amount, balance: left }) => [CreditEntryKind[kind], amount, left]),
  ).toEqual([
    ['GRANTED', '12', '12'],
    ['BURNED', '12', '0'],
    ['BURNED', '-3', '3'],
  ]);
  await expectLedgerFile(clients, unitId, entries);
  // What came back covers what is billed next.
  await advanceTo(clients, '2024-03-02T00:00:00Z');
  expect((await allBills(clients)).at(-1)?.total).toMatchObject({ amount: '17.00' });
});

/** The file of the ledger says what is listed, and continued after any part the rest. */
async function expectLedgerFile(of: Clients, creditUnitId: string, entries: CreditEntry[]) {
  const fileOf = async (asked: { accountId?: string; cursor?: string; includeTest?: boolean }) => {
    const endTime = at('2024-02-05T00:00:00Z');
    let [text, cursor] = ['', ''];
    for await (const { part } of of.credits.exportCreditEntries({
      creditUnitId,
      endTime,
      ...asked,
    })) {
      text += Buffer.from(part?.content ?? []).toString();
      cursor = part?.cursor ?? '';
    }
    return { lines: text.split('\r\n').slice(0, -1), cursor };
  };
  const { lines, cursor } = await fileOf({ accountId: ACCOUNT });
  const [head = [], ...rows] = lines.map((line) => line.split(','));
  const cells = (...names: string[]) =>
    rows.map((row) => names.map((name) => row[head.indexOf(name)] ?? ''));
  expect(
    cells('account_id', 'sequence', 'kind', 'from_account', 'to_account', 'amount', 'balance'),
  ).toEqual(
    entries.map(({ sequence, kind, amount, balance: left }) => [
      ...[ACCOUNT, String(sequence), CreditEntryKind[kind].toLowerCase()],
      ...(kind === CreditEntryKind.GRANTED ? ['issued', 'available'] : ['available', 'used']),
      ...[amount, left],
    ]),
  );
  expect((await fileOf({ accountId: ACCOUNT, cursor })).lines).toEqual([]);
  expect((await fileOf({})).lines).toEqual(lines);
  expect(await failureOf(fileOf({ accountId: 'acct_none' }))).toMatchObject({
    reason: 'ACCOUNT_NOT_FOUND',
  });
  expect(await failureOf(fileOf({ cursor }))).toMatchObject({ reason: 'EXPORT_CURSOR_INVALID' });
}

test('credits that are limited to fees or meters cover these, in the order of burning; none makes a bill negative', async () => {
  const { feeIds } = await subscribed();
  call(4, '2024-01-10T00:00:00Z');
  await gift('100.00', { priority: 2, scope: { meterProfiles: [{ meterId: 'mtr_1' }] } });
  await gift('5.00', { priority: 1, scope: { feeIds: feeIds.slice(0, 1) } });
  await gift('1.00', { effectiveTime: at('2024-03-01T00:00:00Z') });
  await grant({ amount: '50.00', priority: 0 });
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  expect((await allBills(clients)).map(linesOf)).toEqual([
    ['RECURRING 20.00', 'USAGE 2.00', 'PROMOTIONAL_CREDIT -5.00', 'PROMOTIONAL_CREDIT -2.00'],
  ]);
});

test('bills that are made together burn a grant once', async () => {
  const plan = await createPlan(clients, flatFee());
  for (let count = 0; count < 5; count += 1)
    await subscribe(clients, plan.id, { accountId: ACCOUNT });
  await gift('90.00');
  await advanceTo(clients, '2024-02-02T00:00:00Z');
  const totals = (await allBills(clients)).map(({ total }) => total?.amount);
  expect(totals.sort()).toEqual(['0.00', '0.00', '0.00', '0.00', '10.00']);
  expect(await balance()).toMatchObject({ available: '0', used: '90' });
});

test('paid credits pay an invoice once, however often and by whomever it is asked, and are returned once', async () => {
  const other = (await world.replica()).as(organisationId);
  await grant({ amount: '30.00', priority: 1 });
  await grant({ amount: '20.00', priority: 2 });
  await gift('99.00');
  const asked = Array.from({ length: 8 }, (_, index) => {
    const asking = index % 2 === 0 ? clients : other;
    return asking.credits.applyCredits({
      invoices: [
        {
          ...{ invoiceId: 'inv_1', accountId: ACCOUNT, issueTime: at('2024-01-15T00:00:00Z') },
          amount: { currencyCode: 'USD', amount: '40.00' },
        },
      ],
    });
  });
  for (const { invoices } of await Promise.all(asked))
    expect(invoices.flatMap(({ credits }) => credits.map(({ amount }) => amount))).toEqual([
      '30.00',
      '10.00',
    ]);
  // The first answer stays, also for another amount; what is left pays the next, and no more.
  expect(await paid('inv_1', '7.00')).toEqual(['30.00', '10.00']);
  expect(await paid('inv_2', '40.00')).toEqual(['10.00']);
  expect(await paid('inv_3', '40.00')).toEqual([]);
  const back = async (returnId: string, amount?: string) => {
    const money = amount === undefined ? {} : { amount: { currencyCode: 'USD', amount } };
    const { credits } = await clients.credits.returnCredits({
      ...{ returnId, invoiceId: 'inv_1', ...money },
    });
    return credits.map((credit) => credit.amount);
  };
  expect(await back('note_1', '15.00')).toEqual(['10.00', '5.00']);
  expect(await back('note_1', '15.00')).toEqual(['10.00', '5.00']);
  expect(await back('void_1')).toEqual(['25.00']);
  expect(await back('void_2')).toEqual([]);
  const stranger = replica.as(newOrganisation());
  const none = await stranger.credits.returnCredits({ returnId: 'x', invoiceId: 'inv_2' });
  expect(none.credits).toEqual([]);
  // Nobody burns what was returned for an invoice that is void.
  expect(await paid('inv_1', '40.00')).toEqual(['30.00', '10.00']);
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-20T00:00:00Z') });
  expect(await balance()).toMatchObject({ available: '139', used: '10' });
});

test('a part of a grant is taken back, no more than is left of it, and the rest goes on', async () => {
  const creditGrantId = await grant({ amount: '50.00' });
  const take = (amount: string, requestId = '') =>
    clients.credits.voidCreditGrant({ creditGrantId, amount, requestId });
  await paid('inv_1', '10.00');
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-20T00:00:00Z') });
  for (let time = 0; time < 2; time += 1)
    expect((await take('15.00', 'once')).creditGrant).toMatchObject({
      ...{ amount: '50', partialVoids: [{ amount: '15', time: at('2024-01-20T00:00:00Z') }] },
    });
  expect(await balance()).toMatchObject({
    ...{ available: '25', used: '10' },
    grants: [{ remaining: '25', burned: '10', voided: '15' }],
  });
  expect(await paid('inv_2', '20.00')).toEqual(['20.00']);
  expect((await take('15.00')).creditGrant?.partialVoids.map(({ amount }) => amount)).toEqual([
    ...['15', '5'],
  ]);
  expect(await paid('inv_3', '1.00')).toEqual([]);
  expect(await failureOf(take('1.00'))).toMatchObject({ reason: 'CREDIT_GRANT_USED_UP' });
  expect(await failureOf(take('1.001'))).toMatchObject({ fields: ['amount'] });
  // As it was known before, nothing was taken back; the ledger has both parts.
  const was = await clients.credits.getCreditBalance({
    ...{ accountId: ACCOUNT, creditUnitId: unitId, knownAt: at('2024-01-19T00:00:00Z') },
  });
  expect(was.balance?.grants).toMatchObject([{ voided: '0' }]);
  await clients.testClock.advanceTestClock({ currentTime: at('2024-01-22T00:00:00Z') });
  let voided: string[] = [];
  const isPosted = async () => {
    const asked = { accountId: ACCOUNT, creditUnitId: unitId };
    const { entries } = await clients.credits.listCreditEntries(asked);
    voided = entries.flatMap(({ kind, amount }) => (kind === CreditEntryKind.VOIDED ? amount : []));
    return voided.length > 0;
  };
  await waitFor(isPosted, { what: 'the day to be posted' });
  expect(voided).toEqual(['20']);
  const later = await grant({ amount: '5.00', effectiveTime: at('2024-02-01T00:00:00Z') });
  const early = clients.credits.voidCreditGrant({ creditGrantId: later, amount: '1.00' });
  expect(await failureOf(early)).toMatchObject({ reason: 'CREDIT_GRANT_PENDING' });
});

test('invoices that are asked for at once never burn more than there is', async () => {
  await grant({ amount: '100.00' });
  const answers = await Promise.all(
    Array.from({ length: 8 }, (_, index) => paid(`inv_${index}`, '15.00')),
  );
  const cents = answers.flat().map((amount) => Math.round(Number(amount) * 100));
  expect(cents.reduce((sum, each) => sum + each, 0)).toBe(100_00);
});

test('what is wrong with money is told by its field', async () => {
  const failure = (asked: Promise<unknown>) => failureOf(asked);
  const unit = { code: 'x', name: 'X', currencyCode: 'USD' };
  expect(await failure(clients.credits.createCreditUnit(unit))).toMatchObject({
    reason: 'CREDIT_UNIT_EXISTS',
  });
  const rates = [{ meterProfile: { meterId: 'mtr_1' }, amount: '1' }];
  expect(
    await failure(clients.credits.createCreditUnit({ ...unit, currencyCode: 'XXY', rates })),
  ).toMatchObject({ reason: 'CREDIT_UNIT_INVALID', fields: ['currency_code', 'rates'] });
  expect(await failure(clients.credits.createCreditUnit({ code: 'y', name: 'Y' }))).toMatchObject({
    reason: 'CREDIT_UNIT_INVALID',
    fields: ['rates'],
  });
  const scope = { feeIds: ['fee_01hq0000000000000000000000'] };
  expect(await failure(grant({ amount: '1.001', scope }))).toMatchObject({
    reason: 'CREDIT_GRANT_INVALID',
    fields: ['scope', 'amount'],
  });
  expect(await failure(pay('inv_1', '1.001'))).toMatchObject({
    reason: 'PAYABLE_INVOICES_INVALID',
    fields: ['invoices[0].amount'],
  });
});

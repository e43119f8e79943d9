import type { MessageInitShape } from '@bufbuild/protobuf';
import { timestampDate, timestampMs } from '@bufbuild/protobuf/wkt';
import {
  CreditCategory,
  CreditEntryKind,
  CreditOverage,
  type CreditBalance,
  type CreditEntry,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type {
  ListCreditEntriesRequestSchema,
  ListCreditEntriesResponse,
} from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { waitFor } from '@billingrails/testing';
import type { Clients } from '../../testing/clients';
import { changesOf } from '../../testing/changes';
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

/** Usage at a time, and when it became known. */
interface Use {
  readonly meterId: string;
  readonly time: string;
  readonly quantity: number;
  readonly known?: string;
}

const ACCOUNT = 'acct_1';
const NOW = '2024-03-10T00:00:00Z';

let world: World;
let replica: Replica;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ creditPostMs: 50, adjustCycles: 12 });
});
afterAll(() => world.stop());

/** An organisation on a test clock, with an account that used what `uses` says now. */
async function given(uses: Use[], overage = CreditOverage.LEFT) {
  const organisationId = newOrganisation();
  const clients = replica.as(organisationId);
  const { meteringServer } = world;
  meteringServer.down = false;
  for (const id of ['mtr_in', 'mtr_out']) meteringServer.addMeter(organisationId, id, 'tokens');
  meteringServer.usage = ({ request }) => {
    const [startMs, endMs] = [request.startTime, request.endTime].map((time) =>
      time === undefined ? NaN : timestampMs(time),
    ) as [number, number];
    const knownMs = request.knownAt === undefined ? Infinity : timestampMs(request.knownAt);
    const counted = uses.filter(({ meterId, time, known = time }) => {
      const usedMs = Date.parse(time);
      const inSpan = startMs <= usedMs && usedMs < endMs;
      return meterId === request.meterId && inSpan && Date.parse(known) <= knownMs;
    });
    return { value: String(counted.reduce((sum, { quantity }) => sum + quantity, 0)) };
  };
  await clients.testClock.createTestClock({ currentTime: at('2024-03-01T00:00:00Z') });
  await clients.accounts.createAccount({ accountId: ACCOUNT, name: 'Account' });
  const { creditUnit } = await clients.credits.createCreditUnit({
    ...{ code: 'tokens', name: 'Tokens', overage },
    rates: [
      { meterProfile: { meterId: 'mtr_in' }, amount: '0.001' },
      { meterProfile: { meterId: 'mtr_out' }, amount: '0.004' },
    ],
  });
  return { organisationId, clients, unitId: creditUnit?.id ?? '' };
}

type Terms = Omit<
  Parameters<Clients['credits']['createCreditGrant']>[0],
  'accountId' | 'creditUnitId' | '$typeName'
>;

async function grantOf(clients: Clients, creditUnitId: string, terms: Terms): Promise<string> {
  const { creditGrant } = await clients.credits.createCreditGrant({
    ...{ accountId: ACCOUNT, creditUnitId, ...terms },
  });
  return creditGrant?.id ?? '';
}

async function balanceOf(
  clients: Clients,
  creditUnitId: string,
  when: { readonly time?: string; readonly knownAt?: string } = {},
): Promise<CreditBalance> {
  const { balance } = await clients.credits.getCreditBalance({
    ...{ accountId: ACCOUNT, creditUnitId },
    ...(when.time === undefined ? {} : { time: at(when.time) }),
    ...(when.knownAt === undefined ? {} : { knownAt: at(when.knownAt) }),
  });
  if (balance === undefined) throw new Error('The balance was not returned.');
  return balance;
}

const clockTo = (clients: Clients, time: string) =>
  clients.testClock.advanceTestClock({ currentTime: at(time) });

test('usage burns what was granted, promotional before paid, and the rest is told by grant', async () => {
  const uses: Use[] = [
    { meterId: 'mtr_in', time: '2024-03-02T00:00:00Z', quantity: 1_000 },
    { meterId: 'mtr_out', time: '2024-03-02T00:00:00Z', quantity: 500 },
  ];
  const { clients, unitId } = await given(uses);
  const paid = await grantOf(clients, unitId, { amount: '10' });
  const gift = await grantOf(clients, unitId, {
    ...{ amount: '2', category: CreditCategory.PROMOTIONAL, memo: 'Welcome' },
  });
  await clockTo(clients, NOW);
  // 1,000 × 0.001 + 500 × 0.004 = 3
  expect(await balanceOf(clients, unitId)).toMatchObject({
    ...{ available: '9', used: '3', overage: '0', time: at(NOW) },
    grants: [
      { creditGrantId: gift, remaining: '0', burned: '2' },
      { creditGrantId: paid, remaining: '9', burned: '1' },
    ],
  });
  expect(await balanceOf(clients, unitId, { time: '2024-03-02T00:00:00Z' })).toMatchObject({
    ...{ available: '12', used: '0' },
  });
});

test('late and voided usage is in the balance at once, and a balance as it was known stays as it was', async () => {
  const first: Use = { meterId: 'mtr_in', time: '2024-03-02T00:00:00Z', quantity: 1_000 };
  const uses = [first];
  const { clients, unitId } = await given(uses);
  await grantOf(clients, unitId, { amount: '10', expiryTime: at('2024-03-05T00:00:00Z') });
  await clockTo(clients, NOW);
  const before = await balanceOf(clients, unitId);
  expect(before.grants).toMatchObject([{ remaining: '0', burned: '1', expired: '9' }]);
  uses.push({ ...first, quantity: 4_000, known: '2024-03-09T00:00:00Z' });
  const after = await balanceOf(clients, unitId);
  expect(after.grants).toMatchObject([{ burned: '5', expired: '5' }]);
  const known = await balanceOf(clients, unitId, { knownAt: '2024-03-08T00:00:00Z' });
  expect(known).toEqual(before);
  uses.length = 0;
  expect(await balanceOf(clients, unitId)).toMatchObject({
    used: '0',
    grants: [{ expired: '10' }],
  });
});

test('what is left of a grant is taken back once, and usage from before still burns it', async () => {
  const first: Use = { meterId: 'mtr_in', time: '2024-03-02T00:00:00Z', quantity: 1_000 };
  const uses = [first];
  const { clients, unitId } = await given(uses);
  const creditGrantId = await grantOf(clients, unitId, { amount: '10' });
  await clockTo(clients, '2024-03-04T00:00:00Z');
  const { creditGrant } = await clients.credits.voidCreditGrant({ creditGrantId });
  expect(creditGrant?.voidTime).toEqual(at('2024-03-04T00:00:00Z'));
  uses.push({ ...first, quantity: 500 });
  await clockTo(clients, NOW);
  expect(await balanceOf(clients, unitId)).toMatchObject({
    ...{ available: '0', used: '1.5', overage: '0' },
    grants: [{ burned: '1.5', voided: '8.5' }],
  });
  const again = await failureOf(clients.credits.voidCreditGrant({ creditGrantId }));
  expect(again).toMatchObject({ code: 'FailedPrecondition', reason: 'CREDIT_GRANT_ENDED' });
  const before = await balanceOf(clients, unitId, { knownAt: '2024-03-03T00:00:00Z' });
  expect(before.grants).toMatchObject([{ remaining: '8.5', voided: '0' }]);
});

test('borrowed usage is paid back by the next grant', async () => {
  const uses: Use[] = [{ meterId: 'mtr_in', time: '2024-03-03T00:00:00Z', quantity: 5_000 }];
  const { clients, unitId } = await given(uses, CreditOverage.BORROWED);
  await grantOf(clients, unitId, { amount: '2' });
  await clockTo(clients, '2024-03-04T00:00:00Z');
  expect(await balanceOf(clients, unitId)).toMatchObject({ available: '-3', overage: '3' });
  await grantOf(clients, unitId, { amount: '10' });
  expect(await balanceOf(clients, unitId)).toMatchObject({ available: '7', overage: '0' });
});

test('usage that no grant covers is billed by a fee for the unit, with what becomes known of usage and grants', async () => {
  const uses: Use[] = [{ meterId: 'mtr_in', time: '2024-03-02T00:00:00Z', quantity: 3_000 }];
  const { organisationId, clients, unitId } = await given(uses, CreditOverage.BILLED);
  await grantOf(clients, unitId, { amount: '2' });
  const plan = await createPlan(clients, unitFee(unitId));
  expect(plan.fees).toMatchObject([{ meterProfile: { meterId: unitId, profile: 'overage' } }]);
  await subscribe(clients, plan.id, { accountId: ACCOUNT });
  const totals = async (time: string) => {
    await advanceTo(clients, time);
    return (await allBills(clients)).map(({ total }) => total?.amount);
  };
  // 3 are burned, of which 1 is not covered: 0.50.
  expect(await totals('2024-04-01T00:00:00Z')).toEqual(['0.50']);
  uses.push({ meterId: 'mtr_out', time: '2024-03-05T00:00:00Z', quantity: 500 });
  await world.changed(organisationId, '2024-03-05T00:00:00Z');
  const marks = replica.mongo.db.collection('usage_marks');
  await waitFor(
    async () => (await marks.countDocuments({ '_id.organisationId': organisationId })) === 1,
    { what: 'the mark of the late usage' },
  );
  expect(await totals('2024-05-01T00:00:00Z')).toEqual(['0.50', '1.00']);
  // Granted later from before that usage on: it covers 2, and what was billed for them is credited.
  await grantOf(clients, unitId, { amount: '9', effectiveTime: at('2024-03-04T00:00:00Z') });
  expect(await totals('2024-06-01T00:00:00Z')).toEqual(['0.50', '1.00', '-1.00']);

  const left = await given([]);
  const refused = await failureOf(createPlan(left.clients, unitFee(left.unitId)));
  expect(refused).toMatchObject({ reason: 'METER_PROFILE_UNAVAILABLE' });
  const profile = { meterId: unitId, profile: '' };
  const feature = { code: 'f', name: 'F', meterProfile: profile };
  expect(await failureOf(clients.features.createFeature(feature))).toMatchObject({
    reason: 'METER_PROFILE_UNAVAILABLE',
  });
});

/** The ledger once it holds so many entries: what each says, for which day. */
async function entriesOf(clients: Clients, creditUnitId: string, count: number) {
  let entries: CreditEntry[] = [];
  const listed = async () => {
    ({ entries } = await clients.credits.listCreditEntries({ accountId: ACCOUNT, creditUnitId }));
    return entries.length >= count;
  };
  await waitFor(listed, { what: `${count} entries` });
  return entries.map(({ sequence, kind, dayTime, amount, balance }) =>
    [
      ...[
        sequence,
        CreditEntryKind[kind],
        dayTime === undefined ? '' : timestampDate(dayTime).getUTCDate(),
      ],
      ...[amount, balance],
    ].join(' '),
  );
}

test('days that are over are posted, and what metering tells of them later is posted for its day', async () => {
  const first: Use = { meterId: 'mtr_in', time: '2024-03-02T10:00:00Z', quantity: 1_000 };
  const uses = [first];
  const { organisationId, clients, unitId } = await given(uses);
  await grantOf(clients, unitId, { amount: '10', expiryTime: at('2024-03-05T12:00:00Z') });
  await clockTo(clients, '2024-03-03T02:00:00Z');
  const before = ['1 GRANTED 1 10 10', '2 BURNED 2 1 9'];
  expect(await entriesOf(clients, unitId, 2)).toEqual(before);
  const { length: askedBefore } = world.meteringServer.askedBy(organisationId);
  await clockTo(clients, NOW);
  expect(await entriesOf(clients, unitId, 3)).toEqual([...before, '3 EXPIRED 5 9 0']);
  // What was posted is not counted again.
  const asked = world.meteringServer.askedBy(organisationId).slice(askedBefore);
  const starts = asked.flatMap(({ request: { startTime } }) =>
    startTime === undefined ? [] : [timestampMs(startTime)],
  );
  expect(Math.min(...starts)).toBe(Date.parse('2024-03-03T00:00:00Z'));
  uses.push({ ...first, time: '2024-03-05T11:00:00Z', quantity: 2_000 });
  await world.changed(organisationId, '2024-03-05T11:00:00Z');
  expect(await entriesOf(clients, unitId, 5)).toEqual([
    ...before,
    ...['3 EXPIRED 5 9 0', '4 BURNED 5 2 -2', '5 EXPIRED 5 -2 0'],
  ]);

  // What is of a period by when it happened, and by when it became known, page by page.
  const sequencesOf = async (periods: MessageInitShape<typeof ListCreditEntriesRequestSchema>) => {
    const found: number[] = [];
    for (let pageToken: string | undefined = ''; pageToken !== undefined;) {
      const page: ListCreditEntriesResponse = await clients.credits.listCreditEntries({
        ...{ accountId: ACCOUNT, creditUnitId: unitId, pageSize: 1, pageToken, ...periods },
      });
      found.push(...page.entries.map(({ sequence }) => Number(sequence)));
      pageToken = page.nextPageToken || undefined;
    }
    return found;
  };
  const second = at('2024-03-02T00:00:00Z');
  const fifth = at('2024-03-05T00:00:00Z');
  expect(await sequencesOf({ dayStartTime: second })).toEqual([2, 3, 4, 5]);
  expect(await sequencesOf({ dayStartTime: second, dayEndTime: fifth })).toEqual([2]);
  expect(await sequencesOf({ dayEndTime: second })).toEqual([1]);
  expect(await sequencesOf({ postEndTime: at('2024-03-03T02:00:00.001Z') })).toEqual([1, 2]);
  expect(await sequencesOf({ postStartTime: at('2024-03-03T02:00:00.001Z') })).toEqual([3, 4, 5]);
  const known = { postEndTime: at('2024-03-03T02:00:00.001Z') };
  expect(await sequencesOf({ dayStartTime: fifth, ...known })).toEqual([]);
  const reversed = { dayStartTime: fifth, dayEndTime: fifth, postStartTime: fifth };
  expect(await failureOf(sequencesOf({ ...reversed, postEndTime: second }))).toMatchObject({
    ...{ code: 'InvalidArgument', reason: 'CREDIT_PERIOD_INVALID' },
    fields: ['day_end_time', 'post_end_time'],
  });

  const { revenue } = await clients.credits.getCreditRevenue({
    ...{ creditUnitId: unitId, startTime: at('2024-03-02T00:00:00Z') },
    endTime: at('2024-03-06T00:00:00Z'),
  });
  expect(revenue?.categories[0]).toMatchObject({
    ...{ category: CreditCategory.PAID, opening: '10', granted: '0', burned: '3' },
    ...{ paidBack: '0', expired: '7', voided: '0', closing: '0' },
  });
  expect(revenue?.csv).toContain('paid,10,0,3,0,7,0,0,\r\n');
  const closed = await clients.credits.getCreditRevenue({
    ...{ creditUnitId: unitId, startTime: at('2024-03-01T00:00:00Z') },
    ...{ endTime: at('2024-03-06T00:00:00Z'), knownAt: at('2024-03-04T00:00:00Z') },
  });
  expect(closed.revenue?.categories[0]).toMatchObject({ granted: '10', burned: '1', closing: '9' });
  const halfDay = { creditUnitId: unitId, startTime: at('2024-03-02T01:00:00Z') };
  const call = clients.credits.getCreditRevenue({
    ...halfDay,
    endTime: at('2024-03-02T00:00:00Z'),
  });
  expect(await failureOf(call)).toMatchObject({ fields: ['start_time', 'end_time'] });
});

test('two replicas post a ledger once, and go on where metering was away', async () => {
  const uses: Use[] = [{ meterId: 'mtr_in', time: '2024-03-02T10:00:00Z', quantity: 1_000 }];
  const { clients, unitId } = await given(uses);
  const other = await world.replica({ creditPostMs: 50 });
  await grantOf(clients, unitId, { amount: '10' });
  world.meteringServer.down = true;
  await clockTo(clients, '2024-03-05T02:00:00Z');
  world.meteringServer.down = false;
  uses.push({ meterId: 'mtr_out', time: '2024-03-04T10:00:00Z', quantity: 500 });
  expect(await entriesOf(clients, unitId, 3)).toEqual([
    ...['1 GRANTED 1 10 10', '2 BURNED 2 1 9', '3 BURNED 4 2 7'],
  ]);
  await clockTo(clients, '2024-03-06T02:00:00Z');
  uses.push({ meterId: 'mtr_in', time: '2024-03-06T10:00:00Z', quantity: 1_000 });
  await clockTo(clients, '2024-03-07T02:00:00Z');
  expect((await entriesOf(clients, unitId, 4)).slice(3)).toEqual(['4 BURNED 6 1 6']);
  await other.stop();
});

test('what cannot be granted is refused with every fault', async () => {
  const { clients, unitId } = await given([]);
  const span = { effectiveTime: at(NOW), expiryTime: at(NOW) };
  const draft = { accountId: ACCOUNT, creditUnitId: unitId, amount: '0', ...span };
  expect(await failureOf(clients.credits.createCreditGrant(draft))).toMatchObject({
    ...{ code: 'InvalidArgument', reason: 'CREDIT_GRANT_INVALID' },
    fields: ['amount', 'expiry_time'],
  });
  const nobody = { accountId: 'acct_none', creditUnitId: 'cun_none', amount: '1' };
  expect(await failureOf(clients.credits.createCreditGrant(nobody))).toMatchObject({
    ...{ code: 'FailedPrecondition', fields: ['account_id', 'credit_unit_id'] },
  });
  const rate = { meterProfile: { meterId: 'mtr_in' }, amount: '0' };
  const unit = { code: 'other', name: 'Other', rates: [rate, rate] };
  expect(await failureOf(clients.credits.createCreditUnit(unit))).toMatchObject({
    reason: 'CREDIT_UNIT_INVALID',
    fields: ['rates[0].amount', 'rates[1].amount', 'rates[1].meter_profile'],
  });
  const taken = { code: 'tokens', name: 'Again', rates: [{ ...rate, amount: '1' }] };
  expect(await failureOf(clients.credits.createCreditUnit(taken))).toMatchObject({
    ...{ code: 'AlreadyExists', reason: 'CREDIT_UNIT_EXISTS' },
  });
});

test('a profile whose usage comes to something else when it is cut burns no credits', async () => {
  const organisation = newOrganisation();
  const other = replica.as(organisation);
  const meter = world.meteringServer.addMeter(organisation, 'mtr_level', 'level');
  for (const profile of meter.profiles) profile.recurring = true;
  const rates = [{ meterProfile: { meterId: 'mtr_level' }, amount: '1' }];
  const draft = { code: 'levels', name: 'Levels', rates };
  expect(await failureOf(other.credits.createCreditUnit(draft))).toMatchObject({
    ...{ code: 'FailedPrecondition', reason: 'METER_PROFILE_NOT_DIVISIBLE' },
    fields: ['rates[0].meter_profile.profile'],
  });
});

test('a rate may name a metered feature in place of the profile that it counts', async () => {
  const { clients } = await given([]);
  const meterProfile = { meterId: 'mtr_in' };
  const metered = await clients.features.createFeature({ code: 'm', name: 'M', meterProfile });
  const plain = await clients.features.createFeature({ code: 'p', name: 'P' });
  const unit = (rate: { featureId?: string; meterProfile?: { meterId: string } }) =>
    clients.credits.createCreditUnit({
      ...{ code: 'more', name: 'More', rates: [{ amount: '1', ...rate }] },
    });
  const [featureId, switched] = [metered, plain].map(({ feature }) => feature?.id ?? '');
  expect(await failureOf(unit({ featureId: switched ?? '' }))).toMatchObject({
    ...{ reason: 'CREDIT_UNIT_UNRESOLVED', fields: ['rates[0].feature_id'] },
  });
  for (const rate of [{}, { featureId: featureId ?? '', meterProfile }])
    expect(await failureOf(unit(rate))).toMatchObject({
      ...{ reason: 'CREDIT_UNIT_INVALID', fields: ['rates[0]'] },
    });
  const { creditUnit } = await unit({ featureId: featureId ?? '' });
  expect(creditUnit?.rates).toMatchObject([{ featureId, meterProfile }]);
});

test('rates, and what grants cover, may name fees of plans and subscriptions, for the usage that they price', async () => {
  const uses: Use[] = [
    { meterId: 'mtr_in', time: '2024-03-02T00:00:00Z', quantity: 3 },
    { meterId: 'mtr_out', time: '2024-03-02T00:00:00Z', quantity: 4 },
  ];
  const { organisationId, clients, unitId } = await given(uses);
  world.meteringServer.addMeter(organisationId, 'mtr_other', 'others');
  const plan = await createPlan(clients, unitFee('mtr_in'), flatFee(), unitFee('mtr_other'));
  const [input, flat, others] = plan.fees.map(({ id }) => id);
  const { id: subscriptionId } = await subscribe(clients, plan.id, { accountId: ACCOUNT });
  const added = await clients.subscriptions.addSubscriptionFee({
    ...{ subscriptionId, fee: unitFee('mtr_out') },
  });
  const output = added.subscription?.fees.at(-1)?.id ?? '';
  const unit = (...rates: { feeId?: string; featureId?: string; amount: string }[]) =>
    clients.credits.createCreditUnit({ code: 'calls', name: 'Calls', rates });
  const unknown = 'fee_01hq0000000000000000000000';
  const named = [flat ?? '', unknown].map((feeId) => ({ feeId, amount: '1' }));
  expect(await failureOf(unit(...named))).toMatchObject({
    ...{ code: 'FailedPrecondition', reason: 'CREDIT_UNIT_UNRESOLVED' },
    fields: ['rates[0].fee_id', 'rates[1].fee_id'],
  });
  const both = { feeId: input ?? '', featureId: 'feat_01hq0000000000000000000000', amount: '1' };
  expect(await failureOf(unit(both))).toMatchObject({ fields: ['rates[0]'] });
  const rates = [
    { feeId: input ?? '', amount: '2' },
    { feeId: output, amount: '5' },
  ];
  const { creditUnit } = await unit(...rates);
  expect(creditUnit?.rates).toMatchObject([
    { feeId: input, meterProfile: { meterId: 'mtr_in' }, amount: '2' },
    { feeId: output, meterProfile: { meterId: 'mtr_out' }, amount: '5' },
  ]);
  const id = creditUnit?.id ?? '';

  // 3 × 2 burn what covers the plan's fee, 4 × 5 what covers the subscription's own, and then what covers all.
  const feesOnly = (...feeIds: string[]) => ({ feeIds });
  const ofInput = { amount: '10', priority: 1, scope: feesOnly(input ?? '') };
  await grantOf(clients, id, ofInput);
  await grantOf(clients, id, { amount: '12', priority: 2, scope: feesOnly(output) });
  await grantOf(clients, id, { amount: '100', priority: 3 });
  for (const scope of [feesOnly(flat ?? ''), feesOnly(others ?? ''), feesOnly(unknown)])
    expect(await failureOf(grantOf(clients, id, { amount: '1', scope }))).toMatchObject({
      ...{ code: 'InvalidArgument', reason: 'CREDIT_GRANT_INVALID' },
      fields: ['scope.fee_ids[0]'],
    });
  await clockTo(clients, NOW);
  expect(await balanceOf(clients, id)).toMatchObject({
    ...{ available: '96', used: '26', overage: '0' },
    grants: [
      { burned: '6', remaining: '4' },
      { burned: '12', remaining: '0' },
      { burned: '8', remaining: '92' },
    ],
  });
  const { creditGrants } = await clients.credits.listCreditGrants({ accountId: ACCOUNT });
  expect(creditGrants[0]?.scope).toMatchObject({ feeIds: [input], meterProfiles: [] });

  // The same of a unit whose rates name the profiles.
  await grantOf(clients, unitId, { amount: '1', scope: feesOnly(output) });
  expect(await balanceOf(clients, unitId)).toMatchObject({ used: '0', available: '1' });
  const late = { effectiveTime: at('2024-03-01T00:00:00Z') };
  await grantOf(clients, unitId, { amount: '1', ...late, scope: feesOnly(output) });
  expect(await balanceOf(clients, unitId)).toMatchObject({ used: '0.019', overage: '0.003' });
});

test('a balance waits for usage that cannot be read', async () => {
  const { clients, unitId } = await given([]);
  await grantOf(clients, unitId, { amount: '1' });
  await clockTo(clients, NOW);
  world.meteringServer.usage = () => ({ value: '0', partial: true });
  expect(await failureOf(balanceOf(clients, unitId))).toMatchObject({ code: 'Unavailable' });
  world.meteringServer.down = true;
  expect(await failureOf(balanceOf(clients, unitId))).toMatchObject({ code: 'Unavailable' });
});

test('of grants is told once that they were made, used up on a day that is over, or expired', async () => {
  const uses: Use[] = [{ meterId: 'mtr_out', time: '2024-03-02T10:00:00Z', quantity: 500 }];
  const { organisationId, clients, unitId } = await given(uses);
  const first = await grantOf(clients, unitId, { amount: '2', priority: 1, requestId: 'g' });
  expect(await grantOf(clients, unitId, { amount: '2', priority: 1, requestId: 'g' })).toBe(first);
  const expiryTime = at('2024-03-04T00:00:00Z');
  const second = await grantOf(clients, unitId, { amount: '5', priority: 2, expiryTime });
  const told = async () =>
    (await changesOf(replica, organisationId, 'credit_grant.')).map(({ type, objectId }) => {
      return [type, objectId];
    });
  const made = [first, second].map((id) => ['credit_grant.created', id]);
  expect(await told()).toEqual(made);
  for (const day of ['05', '06', '07']) {
    await clockTo(clients, `2024-03-${day}T02:00:00Z`);
    await waitFor(async () => (await told()).length === 4, {
      what: 'grants of which none is left',
    });
  }
  expect(await told()).toEqual([
    ...[...made, ['credit_grant.used_up', first]],
    ['credit_grant.expired', second],
  ]);
});

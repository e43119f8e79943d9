import { createClient, ConnectError, type Client } from '@connectrpc/connect';
import { createGrpcTransport } from '@connectrpc/connect-node';
import { newSecret } from '@billingrails/access';
import { PlanService } from '@billingrails/contracts/billingrails/billing/v1/plan_service_pb';
import { domainErrorOf } from '@billingrails/rpc';
import { startPlatform, type Platform } from '@billingrails/stack';

/** Mistakes that people make in their first hour, each answered with what to do, in one message. */
let platform: Platform;
let meterId: string;
let archivedId: string;
let planId: string;

type Service = 'ingest' | 'metering' | 'billing' | 'invoicing';

beforeAll(async () => {
  platform = await startPlatform();
  meterId = await newMeter('Calls');
  archivedId = await newMeter('Old calls');
  await sent('metering', 'MeterService/UpdateMeter', {
    meter_id: archivedId,
    status: 'archived',
  });
  const plan = { name: 'Starter', currency_code: 'USD' };
  const { answer } = await sent('billing', 'PlanService/CreatePlan', plan);
  planId = (answer as { plan: { id: string } }).plan.id;
});
afterAll(() => platform?.stop());

async function newMeter(name: string): Promise<string> {
  const { status, answer } = await sent('metering', 'MeterService/CreateMeter', {
    name,
    event_name: 'Call ended',
    profiles: [
      { code: 'calls', name: 'Calls', aggregation_method: 'count' },
      { code: 'bytes', name: 'Bytes', aggregation_method: 'Sum', aggregation_property: 'bytes' },
    ],
  });
  expect(status).toBe(200);
  return (answer as { meter: { id: string } }).meter.id;
}

interface Sent {
  readonly status: number;
  readonly answer: unknown;
}

async function sent(
  service: Service,
  method: string,
  body: unknown,
  headers: Record<string, string> = { authorization: `Bearer ${platform.key}` },
): Promise<Sent> {
  const url = `${platform.httpUrls[service]}/billingrails.${service}.v1.${method}`;
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  return { status: response.status, answer: await response.json() };
}

/** A body is made when it is sent, by ids that are known then. */
type Body = string | object | (() => object);
type Mistake = readonly [mistake: string, method: string, body: Body, told: string | RegExp];

async function messageOf(service: Service, method: string, body: Body): Promise<unknown> {
  const { status, answer } = await sent(
    service,
    method,
    typeof body === 'function' ? body() : body,
  );
  expect(status).not.toBe(200);
  return (answer as { message: unknown }).message;
}

const account = { billingrails_account_id: 'acct_1' };
const event = { event_name: 'Call ended', properties: account };
const single = 'EventService/IngestEvent';
const batch = 'EventService/IngestEvents';
const unread = 'The request cannot be read';
const broken = 'The request breaks the rules of its contract';
const time = 'must be a time of RFC 3339, such as "2026-01-31T12:00:00Z"';

test.each<Mistake>([
  ['no JSON', single, 'event_name=x', /^The request cannot be read: is no JSON: /],
  ['nothing', single, '', `${unread}: is empty: a request is an object of JSON, such as {}.`],
  [
    'a typo in a field',
    batch,
    { events: [event, { ...event, property: {} }] },
    `${unread}: events[1].property: is no field here; did you mean "properties"?`,
  ],
  [
    'a bad timestamp in a batch',
    batch,
    { events: [event, event, { ...event, timestamp: 'yesterday' }] },
    `${unread}: events[2].timestamp: ${time}, is the text "yesterday".`,
  ],
  [
    'a day that does not exist',
    single,
    { ...event, timestamp: '2023-02-30T00:00:00Z' },
    `${unread}: timestamp: ${time}, is the text "2023-02-30T00:00:00Z".`,
  ],
  [
    'seconds since 1970',
    single,
    { ...event, timestamp: 1_700_000_000 },
    `${unread}: timestamp: ${time}, is the number 1700000000.`,
  ],
  [
    'a number that would be rounded',
    single,
    '{"event_name":"Call ended","properties":{"billingrails_account_id":"acct_1","n":1234567890123456.78}}',
    `${unread}: properties.n: as a number of JSON, 1234567890123456.78 would be read as 1234567890123456.8; send it as a string.`,
  ],
  ['no name', single, { properties: account }, 'Nothing was stored: event_name: is required.'],
  [
    'no account, and more',
    single,
    { properties: {} },
    'Nothing was stored: event_name: is required, and 1 more.',
  ],
  [
    'a number as account',
    single,
    { ...event, properties: { billingrails_account_id: 17 } },
    'Nothing was stored: properties.billingrails_account_id: must be a string: the id of an account.',
  ],
  [
    'a time to come',
    single,
    { ...event, timestamp: '2999-01-01T00:00:00Z' },
    /^Nothing was stored: timestamp: is more than one hour ahead of the server's clock, /,
  ],
  [
    'an empty batch',
    batch,
    { events: [] },
    'Nothing was stored: events: must hold 1-100 events, holds 0.',
  ],
  [
    'a batch that is too large',
    batch,
    { events: Array.from({ length: 101 }, () => event) },
    'Nothing was stored: events: must hold 1-100 events, holds 101.',
  ],
])('events: %s', async (_mistake, method, body, told) => {
  expect(await messageOf('ingest', method, body)).toEqual(
    typeof told === 'string' ? told : expect.stringMatching(told),
  );
});

const create = 'MeterService/CreateMeter';
const query = 'UsageService/QueryUsage';
const january = { start_time: '2026-01-01T00:00:00Z', end_time: '2026-02-01T00:00:00Z' };
const profile = { code: 'calls', name: 'Calls', aggregation_method: 'count' };
const meter = { name: 'Calls', event_name: 'Call ended', profiles: [profile] };

test.each<Mistake>([
  [
    'a wrong enum',
    create,
    { ...meter, profiles: [{ ...profile, aggregation_method: 'mean' }] },
    `${unread}: profiles[0].aggregation_method: must be one of sum, count, count_unique, max, min, latest, average or time_weighted_sum, is the text "mean".`,
  ],
  [
    'no enum',
    create,
    { ...meter, profiles: [{ code: 'calls', name: 'Calls' }] },
    `${broken}: profiles[0].aggregation_method: must be one of sum, count, count_unique, max, min, latest, average, time_weighted_sum.`,
  ],
  [
    'a code with capitals',
    create,
    { ...meter, profiles: [{ ...profile, code: 'Calls' }] },
    `${broken}: profiles[0].code: must be 1-64 characters of a-z 0-9 _ -.`,
  ],
  [
    'an operator that is none',
    create,
    { ...meter, profiles: [{ ...profile, filters: [{ property: 'a', operator: '=', value: 1 }] }] },
    /profiles\[0\]\.filters\[0\]\.operator: must be one of eq, ne, in, not_in, /,
  ],
  [
    'a filter by a number that would be rounded',
    create,
    '{"name":"Calls","event_name":"x","profiles":[{"code":"a","name":"A","aggregation_method":"count","filters":[{"property":"n","operator":"gte","value":9007199254740993}]}]}',
    `${unread}: profiles[0].filters[0].value: as a number of JSON, 9007199254740993 would be read as 9007199254740992; send it as a string.`,
  ],
  [
    'the id of a plan',
    query,
    () => ({ ...january, meter_id: planId }),
    /: meter_id: expects "mtr_…", the id of a meter, is the id of a plan\.$/,
  ],
  [
    'the name of a meter',
    query,
    { ...january, meter_id: 'Calls' },
    'There is no meter "Calls": meter_id: expects "mtr_…", the id of a meter, not its name or code.',
  ],
  [
    'an unknown profile',
    query,
    () => ({ ...january, meter_id: meterId, profile: 'byte' }),
    'The meter has no profile "byte"; it has calls, bytes.',
  ],
  [
    'an end that is missing',
    query,
    () => ({ meter_id: meterId, start_time: january.start_time }),
    `${broken}: end_time: is required.`,
  ],
  [
    'a window that is none',
    query,
    () => ({ ...january, meter_id: meterId, window: 'yearly' }),
    `${unread}: window: must be one of none, hour, day, month, minute or week, is the text "yearly".`,
  ],
])('meters and usage: %s', async (_mistake, method, body, told) => {
  expect(await messageOf('metering', method, body)).toEqual(
    typeof told === 'string' ? told : expect.stringMatching(told),
  );
});

const plan = 'PlanService/CreatePlan';
const flat = { name: 'Base', price: { flat: { amount: '20.00' } } };
const planOf = (fee: object) => ({ name: 'Starter', currency_code: 'USD', fees: [fee] });
const counted = (meter_id: string, code: string) =>
  planOf({
    name: 'Calls',
    price: { per_unit: { unit_amount: '1' } },
    meter_profile: { meter_id, profile: code },
  });

test.each<Mistake>([
  [
    'a currency in small letters',
    plan,
    { name: 'Starter', currency_code: 'usd' },
    `${broken}: currency_code: must be the three capital letters of a currency, such as "EUR".`,
  ],
  [
    'a currency that is none',
    plan,
    { name: 'Starter', currency_code: 'XXZ', fees: [flat] },
    'The plan cannot be created: currency_code: is not a currency of ISO 4217.',
  ],
  [
    'a price as a number',
    plan,
    planOf({ name: 'Base', price: { flat: { amount: 20 } } }),
    `${unread}: fees[0].price.flat.amount: must be a text, is the number 20: write it in quotes, "20".`,
  ],
  [
    'an unknown price model',
    plan,
    planOf({ name: 'Base', price: { bulk: {} } }),
    /fees\[0\]\.price\.bulk: is no field here; there are one of \(flat, per_unit, .*graduated/,
  ],
  [
    'a price model that is not in its price',
    plan,
    planOf({ name: 'Base', flat: { amount: '20' } }),
    `${unread}: fees[0].flat: is no field here; did you mean "price.flat"?`,
  ],
  [
    'a price with a comma',
    plan,
    planOf({ name: 'Base', price: { flat: { amount: '20,00' } } }),
    `${broken}: fees[0].price.flat.amount: must be a decimal such as "20.00": no sign, at most 20 digits before the point and 18 after it.`,
  ],
  [
    'no price',
    plan,
    planOf({ name: 'Base', price: {} }),
    /fees\[0\]\.price\.model: exactly one of flat, per_unit, .*graduated.* is required\.$/,
  ],
  [
    'two prices',
    plan,
    planOf({ name: 'Base', price: { ...flat.price, per_unit: { unit_amount: '1' } } }),
    /fees\[0\]\.price\.per_unit: cannot be given beside flat: only one of flat, per_unit/,
  ],
  [
    'an archived meter',
    plan,
    () => counted(archivedId, ''),
    'A fee or feature cannot count by its meter profile: fees[0].meter_profile.meter_id: the meter is archived.',
  ],
  [
    'a meter that does not exist',
    plan,
    counted('mtr_00000000000000000000000000', ''),
    'A fee or feature cannot count by its meter profile: fees[0].meter_profile.meter_id: there is no meter of this id.',
  ],
  [
    'a profile that does not exist',
    plan,
    () => counted(meterId, 'minutes'),
    'A fee or feature cannot count by its meter profile: fees[0].meter_profile.profile: the meter has no such profile; it has calls, bytes.',
  ],
  [
    'an account and a plan that do not exist',
    'SubscriptionService/CreateSubscription',
    { account_id: 'acct_none', plan_id: 'Starter' },
    /: plan_id: expects "plan_…", the id of a plan, not its name or code, and 1 more\.$/,
  ],
  [
    'the id of a meter as that of a plan',
    'PlanService/GetPlan',
    () => ({ plan_id: meterId }),
    'There is no plan of that id: plan_id: expects "plan_…", the id of a plan, is the id of a meter.',
  ],
])('prices and plans: %s', async (_mistake, method, body, told) => {
  expect(await messageOf('billing', method, body)).toEqual(
    typeof told === 'string' ? told : expect.stringMatching(told),
  );
});

const valid = 'Send a valid API key as "Authorization: Bearer br_…".';

test.each([
  ['no header', {}, `There is no Authorization header. ${valid}`],
  [
    'no "Bearer"',
    { authorization: 'br_x' },
    `The Authorization header does not begin with "Bearer". ${valid}`,
  ],
  [
    'a mistyped key',
    { authorization: 'Bearer br_x' },
    `The API key is not complete, or mistyped: its checksum is not its own. ${valid}`,
  ],
  [
    'a key that there is not',
    { authorization: `Bearer ${newSecret('live', 'key_01kb6r1zq8v3m5n7p9r1s3t5v7')}` },
    `There is no such API key. ${valid}`,
  ],
])('keys: %s', async (_mistake, headers, message) => {
  const { status, answer } = await sent('invoicing', 'InvoiceService/GetInvoice', {}, headers);
  expect([status, answer]).toEqual([401, expect.objectContaining({ message })]);
});

test('over gRPC the message says the same, and the violations are there', async () => {
  const transport = createGrpcTransport({ baseUrl: platform.httpUrls.billing });
  const plans: Client<typeof PlanService> = createClient(PlanService, transport);
  const fees = [{ name: '' }];
  const headers = { authorization: `Bearer ${platform.key}` };
  const call = plans.createPlan({ name: 'Starter', currencyCode: 'usd', fees }, { headers });
  const error = ConnectError.from(await call.catch((thrown: unknown) => thrown));
  expect(error.rawMessage).toBe(
    `${broken}: currency_code: must be the three capital letters of a currency, such as "EUR", and 2 more.`,
  );
  expect(domainErrorOf(error)?.violations.map(({ field }) => field)).toEqual([
    'currency_code',
    'fees[0].name',
    'fees[0].price',
  ]);
});

test('the right call at the wrong port says who serves it, a misspelt method what was meant', async () => {
  const url = (service: Service, method: string) =>
    `${platform.httpUrls[service]}/billingrails.metering.v1.${method}`;
  const told = async (to: string) => {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(to, { method: 'POST', headers, body: '{}' });
    return ((await response.json()) as { message: unknown }).message;
  };
  expect(await told(url('billing', query))).toBe(
    'There is no such method. UsageService is served by metering, not here.',
  );
  expect(await told(url('metering', 'UsageService/QueryUsge'))).toBe(
    'UsageService has no method QueryUsge; did you mean QueryUsage?',
  );
});

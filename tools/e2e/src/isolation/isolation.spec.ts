import { MethodOptions_IdempotencyLevel } from '@bufbuild/protobuf/wkt';
import { startFakeStripe, waitFor, type FakeStripe } from '@billingrails/testing';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { requiredScope } from '@billingrails/rpc';
import { startPlatform, type OrganisationAccess, type Platform } from '@billingrails/stack';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { everyRpc, methodName, publicServices } from '@billingrails/cli/every-rpc';
import { callJson, callJsonStream, type CallerKey, type JsonAnswer } from '../json-call';
import { isolationRequests } from './requests';
import { webhookEndpoint } from './requests/webhooks';
import { emptyWorld, remember, TEST_ACCOUNT_ID } from './story';

/** What the first organisation calls everything of its own. */
const FIRST = /\bfirst\b(?!-)/;
const rpcs = everyRpc();
/** What keys of organisations are made with, and what each may do. */
const HELD = ['ingest', 'read', 'billing', 'admin'] as const;
type Held = (typeof HELD)[number];
const MAY: Readonly<Record<Held, readonly Scope[]>> = {
  ingest: [Scope.INGEST],
  read: [Scope.READ],
  billing: [Scope.BILLING, Scope.READ],
  admin: [Scope.ADMIN, Scope.BILLING, Scope.READ, Scope.INGEST],
};
const world = emptyWorld();
let stripe: FakeStripe;
let platform: Platform;
/** All that the first organisation can read, as it was when all was made. */
let before: string[];
let other: OrganisationAccess;
let scopedKeys: Readonly<Record<Held, string>>;

beforeAll(async () => {
  stripe = await startFakeStripe();
  const SECRETS_KEYS = Buffer.alloc(32, 7).toString('base64');
  platform = await startPlatform({ env: { STRIPE_URL: stripe.url, SECRETS_KEYS } });
  other = await platform.organisation('other');
  const keyOf = (scope: Held) => platform.scopedKey(other.organisationId, [scope]);
  const [ingest, read, billing, admin] = await Promise.all(HELD.map(keyOf));
  scopedKeys = { ingest, read, billing, admin } as typeof scopedKeys;
  await buildWorld();
  before = await everythingOfFirst();
});

afterAll(async () => {
  await platform?.stop();
  await stripe?.close();
});

test('every service of the contracts is under test, and every RPC has a request', () => {
  const listed = Object.values(publicServices).flatMap((services) =>
    services.map((service) => service.typeName as string),
  );
  expect(listed.sort()).toEqual(servicesInProto().sort());
  expect(Object.keys(isolationRequests).sort()).toEqual(
    rpcs.map(({ method }) => methodName(method)).sort(),
  );
});

test.each(rpcs.map((rpc) => [methodName(rpc.method)]))(
  '%s answers UNAUTHENTICATED without a key and with a wrong one',
  async (name) => {
    for (const key of ['', 'br_wrong']) {
      expect((await call(name, key, 'first')).code).toBe('unauthenticated');
    }
  },
);

test.each(rpcs.map((rpc) => [methodName(rpc.method)]))(
  '%s shows nothing of another organisation',
  (name) => callOfOther(name),
);

// Reading everything takes as long as a hundred calls, so it is read once for all that a process does.
test.each(Object.keys(publicServices))(
  'no RPC of %s changes anything of another organisation',
  async (process) => {
    for (const rpc of rpcs.filter((each) => each.process === process))
      await callOfOther(methodName(rpc.method));
    expect(await everythingOfFirst()).toEqual(before);
  },
);

test.each(rpcs.map((rpc) => [methodName(rpc.method), rpc.method]))(
  '%s is answered to keys that have its scope, and to others of which scope they lack',
  async (name, method) => {
    const needed = requiredScope(method);
    for (const held of HELD) {
      if (MAY[held].includes(needed)) {
        await callOfOther(name, scopedKeys[held]);
        continue;
      }
      const answer = await call(name, scopedKeys[held], 'other');
      expect([held, answer.code, answer.text]).toEqual([
        ...[held, 'permission_denied', expect.stringContaining('SCOPE_MISSING')],
      ]);
      const needs = `needs a key with the scope ${Scope[needed].toLowerCase()};`;
      expect(answer.text).toContain(needs);
      expect(answer.text).toMatch(new RegExp(`this key has the scopes? [a-z, ]*${held}`));
      expect(answer.text).not.toMatch(FIRST);
    }
  },
);

test('a key that lacks a scope is told to the audit log of its organisation', async () => {
  const name = 'PlanService.CreatePlan';
  const refused = async (): Promise<string[]> => {
    const list = 'AuditService.ListAuditRecords';
    const { body } = await call(list, keyFor(list, other), 'other');
    const { audit_records: records = [] } = body as {
      audit_records?: { method: string; outcome: string; id: string }[];
    };
    return records
      .filter(({ outcome }) => outcome === 'AUDIT_OUTCOME_REFUSED')
      .map(({ method }) => method);
  };
  const method = 'billingrails.billing.v1.PlanService/CreatePlan';
  await Promise.all(Array.from({ length: 5 }, () => call(name, scopedKeys.read, 'other')));
  await waitFor(async () => (await refused()).includes(method), { what: 'the refusal' });
});

/** Calls as the other organisation does, for what the first one has. */
async function callOfOther(
  name: string,
  key: CallerKey | string = keyFor(name, other),
): Promise<void> {
  const answer = await call(name, key, 'other');
  const asked = JSON.stringify(request(name, 'other'));
  const ids = Object.values(world);
  // As a word of its own: fields may be called first_event_time, and pages have styles of a first-child. Operators list
  // the names of all organisations.
  if (!isOfOperators(name)) expect(answer.text).not.toMatch(FIRST);
  for (const secret of ids.filter((id) => !asked.includes(id))) {
    expect(answer.text).not.toContain(secret);
  }
  // A caller that names another's thing learns only that there is none; a list of it is empty.
  const reads = ids.some((id) => asked.includes(id));
  if (reads) expect(['not_found', 'failed_precondition']).toContain(answer.code);
}

const isOfOperators = (name: string) => name === 'OrganisationService.ListOrganisations';

function isRead({ method }: (typeof rpcs)[number]): boolean {
  if (isOfOperators(methodName(method))) return false;
  return method.idempotency === MethodOptions_IdempotencyLevel.NO_SIDE_EFFECTS;
}

/** The first organisation makes one of everything, through every RPC in the table's order. */
async function buildWorld(): Promise<void> {
  const test = {
    account_id: TEST_ACCOUNT_ID,
    name: 'Test',
    test_clock_time: '2023-01-01T00:00:00Z',
  };
  const made = await call('AccountService.CreateAccount', platform.key, 'first', test);
  if (made.code !== 'ok') throw new Error(made.text);
  const create = 'WebhookEndpointService.CreateWebhookEndpoint';
  const spare = { webhook_endpoint: webhookEndpoint('first') };
  const { body } = await call(create, platform.key, 'first', spare);
  world.spareWebhookEndpoint = (body as { webhook_endpoint: { id: string } }).webhook_endpoint.id;
  for (const name of Object.keys(isolationRequests)) {
    if (name.startsWith('BillService.') || name.startsWith('InvoiceService.')) {
      await waitFor(async () => (await call(name, firstKey(name), 'first')).text.length > 2, {
        what: `the closed month in ${name}`,
      });
    }
    if (name === 'CollectionService.CompletePaymentMethodSetup')
      stripe.books.completeSetup(world.setup, 'pm_insufficient_funds');
    // What goes on by itself is over before everything is read.
    if (name === 'CollectionService.GetCollection') await attemptFailed();
    if (name === 'AuditService.ListAuditRecords') await allRecorded(name);
    const answer = await call(name, firstKey(name), 'first');
    const isMade = answer.code === 'ok' || answer.text.includes('E_INVOICE_INCOMPLETE');
    if (!isMade) throw new Error(`${name}: ${answer.text}`);
    remember(world, answer);
  }
}

/** The outbox of each service is told in order: what it did last comes last. */
async function allRecorded(list: string): Promise<void> {
  const audited = Object.keys(isolationRequests).filter((name) => {
    const { methodKind, input } = rpcOf(name).method;
    const isChange = input.fields.some((field) => field.name === 'request_id');
    const isUsage = /^ReservationService|StartPaymentMethodSetup$/.test(name);
    return methodKind === 'unary' && isChange && !isUsage;
  });
  const last = new Map(audited.map((name) => [rpcOf(name).service, rpcOf(name).method]));
  const names = [...last.values()].map(({ parent, name }) => `${parent.typeName}/${name}`);
  const missing = async (): Promise<string[]> => {
    const { text } = await call(list, firstKey(list), 'first');
    return names.filter((name) => !text.includes(name));
  };
  await waitFor(async () => (await missing()).length === 0, { what: 'the last audit records' });
}

async function attemptFailed(): Promise<void> {
  const name = 'CollectionService.ListPaymentAttempts';
  const failed = async () =>
    (await call(name, firstKey(name), 'first')).text.includes('PAYMENT_ATTEMPT_STATE_FAILED');
  await waitFor(failed, { what: 'the attempt to fail' });
}

/** All that the first organisation can read, as one text. */
async function everythingOfFirst(): Promise<string[]> {
  return await Promise.all(
    rpcs.filter(isRead).map(async ({ method }) => {
      const { text, body } = await call(methodName(method), firstKey(methodName(method)), 'first');
      // When keys were last used is told whenever they are used.
      if (method.name.endsWith('ApiKeys') || method.name === 'GetApiKey')
        return text.replace(/,?\s*"last_used_time": ?"[^"]*"/g, '');
      // How often progress is told depends on how busy the machine is; the last message says all.
      return /^Verify(?:Usage|Audit)$/.test(method.name) ? JSON.stringify(body) : text;
    }),
  );
}

/** The key by which an organisation's call is made: what services alone may ask, a service's on its behalf. */
function keyFor(
  name: string,
  { key, organisationId }: Pick<OrganisationAccess, 'key' | 'organisationId'>,
): CallerKey {
  const isInternal = requiredScope(rpcOf(name).method) === Scope.INTERNAL;
  return isInternal ? { key: platform.serviceKey, organisationId } : { key };
}

const firstKey = (name: string): CallerKey => keyFor(name, platform);

function rpcOf(name: string): (typeof rpcs)[number] {
  const rpc = rpcs.find(({ method }) => methodName(method) === name);
  if (!rpc) throw new Error(`${name} is not in the contracts.`);
  return rpc;
}

function request(name: string, label: string): object {
  const make = isolationRequests[name];
  if (!make) throw new Error(`${name} has no request in isolation/requests.`);
  return make(world, label);
}

async function call(
  name: string,
  key: CallerKey | string,
  label: string,
  asked = request(name, label),
): Promise<JsonAnswer> {
  const rpc = rpcOf(name);
  const url = `${platform.httpUrls[rpc.process]}/${rpc.service.typeName}/${rpc.method.name}`;
  if (rpc.method.methodKind === 'unary') return await callJson(url, key, asked);
  const answer = await callJsonStream(url, key, asked, name.includes('.Watch'));
  // When it was read is another time in each answer.
  return { ...answer, text: answer.text.replace(/"read_time": ?"[^"]*"/g, '') };
}

function servicesInProto(): string[] {
  const folder = join(__dirname, '../../../../proto/billingrails');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith('.proto'))
    .flatMap((file) => {
      const text = readFileSync(join(folder, file), 'utf8');
      const name = /^package ([\w.]+);/m.exec(text)?.[1];
      return [...text.matchAll(/^service (\w+)/gm)].map((match) => `${name}.${match[1]}`);
    });
}

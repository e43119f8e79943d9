import {
  ACCESS_KEYS,
  createKey,
  hashOf,
  listKeys,
  revokeKey,
  type Caller,
} from '@billingrails/access';
import { openBucket } from '@billingrails/bus';
import { Environment } from '@billingrails/contracts/billingrails/access/v1/api_key_pb';
import type { CreateApiKeyRequestSchema } from '@billingrails/contracts/billingrails/access/v1/api_key_service_pb';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { derivedId } from '@billingrails/ids';
import { onBehalfOf, toTimestamp } from '@billingrails/rpc';
import { failureOf } from '@billingrails/rpc/testing';
import { waitFor } from '@billingrails/testing';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { Code } from '@connectrpc/connect';
import { startWorld, type Clients, type Replica, type World } from '../testing/world';
import { keyStore } from './store/keys';

const HOUR_MS = 3_600_000;
let world: World;
let replica: Replica;
/** With the key that the first start printed. */
let first: Clients;
let firstSecret: string;

beforeAll(async () => {
  world = await startWorld();
  // Two at once: one makes the first key.
  const both = await Promise.all([world.replica(), world.replica()]);
  [replica] = both;
  const printed = both.flatMap((each) => each.printed);
  expect(printed).toHaveLength(1);
  firstSecret = /br_live_\w+/.exec(printed.join())?.[0] ?? '';
  first = replica.as(firstSecret);
  await accepted(firstSecret);
  await replica.mongo.db.command({ profile: 2 });
});

afterAll(() => world?.stop());

/** Waits until another service lets the key in. */
const accepted = (secret: string): Promise<Caller> =>
  waitFor(() => world.ring.authenticate(secret, undefined), { what: 'a key to be let in' });

const refusalOf = (secret: string): string => {
  try {
    world.ring.authenticate(secret, undefined);
    return '';
  } catch (error) {
    return String(error);
  }
};

const refused = (secret: string, why: RegExp): Promise<string | false> =>
  waitFor(() => why.test(refusalOf(secret)) && refusalOf(secret), { what: `a refusal: ${why}` });

async function newKey(
  clients: Clients,
  more: MessageInitShape<typeof CreateApiKeyRequestSchema> = {},
) {
  const request = { name: 'made', scopes: [Scope.READ], ...more };
  const { apiKey, secret } = await clients.keys.createApiKey(request);
  if (apiKey === undefined) throw new Error('The answer has no key.');
  return { apiKey, secret };
}

/** What the audit log holds of a method that was called once. */
const recordOf = (organisationId: string, name: string) =>
  waitFor(
    async () => {
      const method = `billingrails.access.v1.OrganisationService/${name}`;
      const records = replica.mongo.db.collection('audit_records');
      const found = await records.findOne({ organisationId, method });
      return found as { beforeJson: string; afterJson: string; objectId: string } | null;
    },
    { what: `the record of ${name}` },
  );

test('the first start on empty servers makes an organisation and prints a key to it, once', async () => {
  const { organisation } = await first.organisations.getOrganisation({});
  expect(organisation).toMatchObject({ name: 'default' });
  const caller = await accepted(firstSecret);
  expect(caller.organisationId).toBe(organisation?.id);
  expect(caller.scopes.has(Scope.ADMIN)).toBe(true);
  const again = await world.replica();
  expect(again.printed).toEqual([]);
  await again.stop();
});

test('a key does what its scopes say in the environment it is for, and only its hash is stored', async () => {
  const { organisation } = await first.organisations.getOrganisation({});
  const live = await newKey(first, { scopes: [Scope.INGEST] });
  expect(live.secret).toMatch(/^br_live_[0-9a-z]{26}_[0-9A-Za-z]{49}$/);
  const caller = await accepted(live.secret);
  expect([caller.organisationId, ...caller.scopes]).toEqual([organisation?.id, Scope.INGEST]);
  const environment = Environment.TEST;
  const test = await newKey(first, { environment, scopes: [Scope.ADMIN, Scope.INGEST] });
  expect(test.secret).toMatch(/^br_test_/);
  expect(test.apiKey).toMatchObject({ environment, scopes: [Scope.INGEST, Scope.ADMIN] });
  const testId = organisation?.testOrganisationId ?? '';
  expect((await accepted(test.secret)).organisationId).toBe(testId);
  expect(testId).not.toBe(organisation?.id);
  // It sees the keys of its own environment alone.
  const inTest = replica.as(test.secret);
  expect(await inTest.organisations.getOrganisation({})).toMatchObject({ organisation });
  const seen = await inTest.keys.listApiKeys({});
  expect(seen.apiKeys.map(({ id }) => id)).toEqual([test.apiKey.id]);
  const apiKeyId = live.apiKey.id;
  expect(await failureOf(inTest.keys.getApiKey({ apiKeyId }))).toMatchObject({
    reason: 'API_KEY_NOT_FOUND',
  });
  expect(await failureOf(newKey(inTest, { environment: Environment.LIVE }))).toMatchObject({
    reason: 'LIVE_KEY_NEEDED',
  });
  expect(await failureOf(inTest.organisations.updateOrganisation({ name: 'x' }))).toMatchObject({
    reason: 'LIVE_KEY_NEEDED',
  });
  expect((await newKey(inTest)).apiKey.environment).toBe(environment);
  const stored = JSON.stringify(
    await replica.mongo.db
      .collection('keys')
      .find({ _id: { $exists: true } })
      .toArray(),
  );
  expect(stored).toContain(live.apiKey.id);
  for (const secret of [live.secret, test.secret, firstSecret])
    expect(stored).not.toContain(secret);
});

test('a request that is repeated makes no second key and shows no secret; wrong ones say all that is wrong', async () => {
  const request = { requestId: 'once', name: 'once' };
  const made = await newKey(first, request);
  const repeated = await newKey(first, request);
  expect(repeated).toEqual({ apiKey: made.apiKey, secret: '' });
  expect((await failureOf(newKey(first, { ...request, name: 'other' }))).code).toBe(
    Code.AlreadyExists,
  );
  const past = toTimestamp(Date.now() - HOUR_MS);
  expect(await failureOf(newKey(first, { expireTime: past }))).toMatchObject({
    ...{ reason: 'API_KEY_UNMAKEABLE', fields: ['expire_time'] },
  });
  const wrong = { name: '', scopes: [Scope.INTERNAL] };
  expect((await failureOf(newKey(first, wrong))).fields).toEqual(['name', 'scopes[0]']);
});

test('a rotated key has both secrets until the overlap is over, and is the same key', async () => {
  const { apiKey, secret: before } = await newKey(first);
  const of = { apiKeyId: apiKey.id, overlapHours: 1, requestId: 'rotate' };
  const { secret: after, apiKey: rotated } = await first.keys.rotateApiKey(of);
  expect(rotated?.secrets.map(({ number }) => number)).toEqual([2, 1]);
  expect((await first.keys.rotateApiKey(of)).secret).toBe('');
  expect((await accepted(after)).keyId).toBe(apiKey.id);
  expect((await accepted(before)).keyId).toBe(apiKey.id);
  const { secret: last } = await first.keys.rotateApiKey({ apiKeyId: apiKey.id, overlapHours: 0 });
  await accepted(last);
  await refused(after, /API_KEY_EXPIRED|expired/);
  await refused(before, /expired/);
});

test('a revoked key is refused in every service, for good, and says so', async () => {
  const { apiKey, secret } = await newKey(first);
  await accepted(secret);
  const apiKeyId = apiKey.id;
  const { apiKey: revoked } = await first.keys.revokeApiKey({ apiKeyId });
  expect(revoked?.secrets).toEqual([]);
  expect(await refused(secret, /was revoked/)).toContain(apiKeyId);
  expect(await first.keys.revokeApiKey({ apiKeyId })).toEqual({
    ...(await first.keys.getApiKey({ apiKeyId })),
    $typeName: 'billingrails.access.v1.RevokeApiKeyResponse',
  });
  for (const call of [
    first.keys.rotateApiKey({ apiKeyId }),
    first.keys.updateApiKey({ apiKeyId, name: 'x' }),
  ])
    expect(await failureOf(call)).toMatchObject({ reason: 'API_KEY_ENDED' });
  const { apiKeys } = await first.keys.listApiKeys({});
  expect(apiKeys.map(({ id }) => id)).not.toContain(apiKeyId);
});

test('what was stored but not told, as after a crash, is told by whoever runs; so is what the bus has lost', async () => {
  const { apiKey, secret } = await newKey(first);
  await accepted(secret);
  // As if the process that revoked it had been killed right after its transaction.
  const keys = keyStore(replica.mongo.db);
  const session = replica.mongo.client.startSession();
  const key = await keys.find(apiKey.id as never);
  if (key === undefined) throw new Error('The key is not stored.');
  await keys.replace({ ...key, revokeMs: Date.now(), revision: key.revision + 1 }, session);
  await session.endSession();
  await refused(secret, /was revoked/);
  await waitFor(async () => (await keys.countUntold()) === 0, { what: 'all to be told' });
  const lost = await newKey(first);
  await accepted(lost.secret);
  const bucket = await openBucket(world.bus, ACCESS_KEYS);
  await bucket.delete(hashOf(lost.secret));
  await refused(lost.secret, /There is no such API key/);
  // A start compares all of both.
  const started = await world.replica();
  await accepted(lost.secret);
  await started.stop();
  // And a database that has lost a key with two secrets takes note of both, so that revoking it ends both.
  const { apiKey: rotated, secret: newer } = await first.keys.rotateApiKey({
    ...{ apiKeyId: lost.apiKey.id, overlapHours: 1 },
  });
  await accepted(newer);
  const apiKeyId = rotated?.id ?? '';
  await replica.mongo.db.collection('keys').deleteOne({ _id: apiKeyId as never });
  const noting = await world.replica();
  await noting.as(firstSecret).keys.revokeApiKey({ apiKeyId });
  await refused(lost.secret, /was revoked/);
  await refused(newer, /was revoked/);
  await noting.stop();
});

test('keys that an operator makes and revokes by hand are listed, and end as all others do', async () => {
  const organisationId = derivedId('org', 'of an operator');
  const made = await createKey(world.bus, { kind: 'organisation', organisationId, name: 'hand' });
  const owner = replica.as(made.secret);
  const { organisation } = await waitFor(
    () => owner.organisations.getOrganisation({}).catch(() => undefined),
    { what: 'its organisation' },
  );
  expect(organisation).toMatchObject({ id: organisationId, name: 'hand' });
  const second = await newKey(owner);
  await accepted(second.secret);
  expect((await listKeys(world.bus)).map(({ keyId }) => keyId)).toContain(second.apiKey.id);
  await revokeKey(world.bus, made.record.keyId);
  await refused(made.secret, /was revoked/);
  const other = replica.as((await newKeyOf(organisationId)).secret);
  await waitFor(
    async () => {
      const { apiKeys } = await other.keys.listApiKeys({ includeRevoked: true });
      return apiKeys.find(({ id }) => id === made.record.keyId)?.revokeTime !== undefined;
    },
    { what: 'the revocation to be noted' },
  );
});

async function newKeyOf(organisationId: ReturnType<typeof derivedId<'org'>>) {
  const made = await createKey(world.bus, { kind: 'organisation', organisationId, name: 'more' });
  await accepted(made.secret);
  await waitFor(
    () =>
      replica
        .as(made.secret)
        .keys.listApiKeys({})
        .catch(() => undefined),
    {
      what: 'the key to be let in',
    },
  );
  return made;
}

test('limits of keys and of their organisation hold in every service, for keys that are made later, too', async () => {
  const { apiKey, secret } = await newKey(first, { limits: { callsPerSecond: 5n } });
  expect(apiKey.limits).toMatchObject({ callsPerSecond: 5n });
  expect((await accepted(secret)).limits).toEqual({ key: { calls: 5 }, organisation: {} });
  const { secret: operator } = await createKey(world.bus, { kind: 'service', name: 'limiter' });
  await waitFor(
    () =>
      replica
        .as(operator)
        .organisations.updateOrganisationLimits(
          { limits: { callsPerSecond: 7n, eventsPerSecond: 70n }, requestId: 'limit' },
          onBehalfOf(apiKey.organisationId as never),
        )
        .catch(() => undefined),
    { what: 'the limits to be set' },
  );
  const organisation = { calls: 7, events: 70 };
  const limitedTo = (of: string, limits: object | undefined) =>
    waitFor(
      () => {
        const known = world.ring.authenticate(of, undefined).limits;
        return JSON.stringify(known ?? null) === JSON.stringify(limits ?? null);
      },
      { what: `limits ${JSON.stringify(limits)}` },
    );
  await limitedTo(secret, { key: { calls: 5 }, organisation });
  await limitedTo(firstSecret, { key: {}, organisation });
  const later = await newKey(first);
  await accepted(later.secret);
  await limitedTo(later.secret, { key: {}, organisation });
  const { organisationId } = apiKey;
  const draft = { kind: 'organisation', organisationId: organisationId as never } as const;
  const byHand = await createKey(world.bus, { ...draft, name: 'by hand' });
  await accepted(byHand.secret);
  await limitedTo(byHand.secret, { key: {}, organisation });
  expect((await first.organisations.getOrganisation({})).organisation?.limits).toMatchObject({
    ...{ callsPerSecond: 7n, eventsPerSecond: 70n },
  });
  const record = await recordOf(organisationId, 'UpdateOrganisationLimits');
  expect([record.beforeJson, JSON.parse(record.afterJson)]).toEqual([
    ...['', { limits: { calls_per_second: '7', events_per_second: '70' } }],
  ]);
  // A rename leaves a key's limits, and empty ones take them away.
  await first.keys.updateApiKey({ apiKeyId: apiKey.id, name: 'renamed' });
  await limitedTo(secret, { key: { calls: 5 }, organisation });
  await first.keys.updateApiKey({ apiKeyId: apiKey.id, limits: {} });
  await limitedTo(secret, { key: {}, organisation });
  await replica
    .as(operator)
    .organisations.updateOrganisationLimits({}, onBehalfOf(organisationId as never));
  await limitedTo(secret, undefined);
});

test("another organisation's keys look missing, and operators make organisations", async () => {
  const { secret: operator } = await createKey(world.bus, { kind: 'service', name: 'operator' });
  const { organisation } = await first.organisations.getOrganisation({});
  const asOperator = replica.as(operator);
  const acting = onBehalfOf(derivedId('org', 'nobody'));
  const made = await waitFor(
    () =>
      asOperator.organisations
        .createOrganisation({ name: 'Other', requestId: 'other' }, acting)
        .catch(() => undefined),
    { what: 'an organisation' },
  );
  const otherId = made.organisation?.id ?? '';
  const listed = await asOperator.organisations.listOrganisations({}, acting);
  expect(listed.organisations.map(({ id }) => id)).toEqual(
    expect.arrayContaining([otherId, organisation?.id]),
  );
  const others = onBehalfOf(otherId as never);
  const apiKeyId = (await first.keys.listApiKeys({})).apiKeys[0]?.id ?? '';
  for (const call of [
    asOperator.keys.getApiKey({ apiKeyId }, others),
    asOperator.keys.updateApiKey({ apiKeyId, name: 'x' }, others),
    asOperator.keys.rotateApiKey({ apiKeyId }, others),
    asOperator.keys.revokeApiKey({ apiKeyId }, others),
  ])
    expect((await failureOf(call)).code).toBe(Code.NotFound);
  expect((await asOperator.keys.listApiKeys({}, others)).apiKeys).toEqual([]);
  await first.organisations.updateOrganisation({ name: 'Renamed' });
  expect((await first.organisations.getOrganisation({})).organisation?.name).toBe('Renamed');
  // The audit log says what it was called before; of one that is made there is no before.
  const renamed = await recordOf(organisation?.id ?? '', 'UpdateOrganisation');
  const madeNew = await recordOf(derivedId('org', 'nobody'), 'CreateOrganisation');
  expect([renamed.beforeJson, renamed.afterJson]).toEqual([
    ...['{"name":"default"}', '{"name":"Renamed"}'],
  ]);
  expect([madeNew.beforeJson, madeNew.objectId]).toEqual(['', otherId]);
});

test('none of these queries scans a collection or sorts in memory, and the metrics say what is untold', async () => {
  const { db } = replica.mongo;
  await db.command({ profile: 0 });
  const operations = await db
    .collection('system.profile')
    .find({ ns: { $regex: '^access\\.(?!system)' }, planSummary: { $exists: true } })
    .toArray();
  const bad = operations.filter(
    ({ planSummary, hasSortStage }) =>
      /COLLSCAN/.test(String(planSummary)) || hasSortStage === true,
  );
  expect(
    bad.map(({ ns, planSummary, command }) => [ns, planSummary, JSON.stringify(command)]),
  ).toEqual([]);
  expect(operations.length).toBeGreaterThan(30);
  const metrics = await (await fetch(`${replica.address}/metrics`)).text();
  expect(metrics).toMatch(/^billingrails_access_untold_keys 0$/m);
});

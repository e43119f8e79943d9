import { connectBus, openBucket, type Bus } from '@billingrails/bus';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { derivedId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import {
  ACCESS_KEYS,
  allScopes,
  createKey,
  followAccessKeys,
  hashOf,
  KeyRing,
  listKeys,
  newSecret,
  putRecord,
  readRecords,
  revokeKey,
} from './index';

const logger = createLogger({ service: 'test', level: 'silent' });
const organisationId = derivedId('org', 'one');
const otherId = derivedId('org', 'other');

let servers: TestServers;
let bus: Bus;

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectBus({ url: servers.natsUrl, name: 'test', logger });
});

afterAll(async () => {
  await bus?.close();
  await servers?.stop();
});

test('a key made before or after following authenticates its organisation, without I/O', async () => {
  const before = await createKey(bus, { kind: 'organisation', organisationId, name: 'before' });
  const ring = await followAccessKeys(bus, logger);
  const caller = {
    organisationId,
    keyId: before.record.keyId,
    kind: 'organisation',
    scopes: allScopes(['admin']),
  };
  expect(ring.authenticate(before.secret, undefined)).toEqual(caller);
  const after = await createKey(bus, { kind: 'organisation', organisationId, name: 'after' });
  await waitFor(() => ring.authenticate(after.secret, undefined), { what: 'the new key to work' });
  await ring.close();
});

test('a revoked key stops working, before and after the broker was killed, and others survive it', async () => {
  const kept = await createKey(bus, { kind: 'organisation', organisationId, name: 'kept' });
  const gone = await createKey(bus, { kind: 'organisation', organisationId, name: 'gone' });
  const ring = await followAccessKeys(bus, logger);
  await revokeKey(bus, gone.record.keyId);
  await waitFor(() => refused(() => ring.authenticate(gone.secret, undefined)), {
    what: 'the revoked key to be refused',
  });
  await servers.nats.kill();
  expect(ring.authenticate(kept.secret, undefined).keyId).toBe(kept.record.keyId);
  await servers.nats.restart();
  const names = await waitFor(async () => (await listKeys(bus)).map(({ name }) => name), {
    what: 'the keys after the restart',
  });
  expect(names).toContain('kept');
  expect(names).not.toContain('gone');
  await revokeKey(bus, kept.record.keyId);
  await waitFor(() => refused(() => ring.authenticate(kept.secret, undefined)), {
    what: 'a key revoked after the restart to be refused',
  });
  expect(refused(() => ring.authenticate(gone.secret, undefined))).toBe(true);
  await ring.close();
});

test('an organisation key may name no other organisation; a service key must name one', async () => {
  const own = await createKey(bus, { kind: 'organisation', organisationId, name: 'own' });
  const service = await createKey(bus, { kind: 'service', name: 'billing' });
  const ring = await followAccessKeys(bus, logger);
  expect(ring.authenticate(own.secret, organisationId).organisationId).toBe(organisationId);
  expect(refused(() => ring.authenticate(own.secret, otherId))).toBe(true);
  expect(ring.authenticate(service.secret, otherId).organisationId).toBe(otherId);
  expect(refused(() => ring.authenticate(service.secret, undefined))).toBe(true);
  expect(refused(() => ring.authenticate(service.secret, 'nonsense'))).toBe(true);
  await ring.close();
});

test('a key may do what its scopes say and include; one from before there were scopes, all of its kind', async () => {
  const scopesOf = async (...draft: Parameters<typeof createKey>) => {
    const { secret } = await createKey(...draft);
    const ring = await followAccessKeys(bus, logger);
    const { scopes } = ring.authenticate(secret, organisationId);
    await ring.close();
    return [...scopes];
  };
  const key = { kind: 'organisation', organisationId, name: 'scoped' } as const;
  expect(await scopesOf(bus, { ...key, scopes: ['ingest'] })).toEqual([Scope.INGEST]);
  expect(await scopesOf(bus, { ...key, scopes: ['billing', 'ingest'] })).toEqual([
    ...[Scope.INGEST, Scope.READ, Scope.BILLING],
  ]);
  const all = [Scope.INGEST, Scope.READ, Scope.BILLING, Scope.ADMIN];
  expect(await scopesOf(bus, key)).toEqual(all);
  expect(await scopesOf(bus, { kind: 'service', name: 's' })).toEqual([...all, Scope.INTERNAL]);
});

test('only hashes are stored, and each refusal says what is wrong, but never the key', async () => {
  const { secret } = await createKey(bus, { kind: 'organisation', organisationId, name: 'x' });
  const service = await createKey(bus, { kind: 'service', name: 'service' });
  const revoked = await createKey(bus, { kind: 'organisation', organisationId, name: 'revoked' });
  await revokeKey(bus, revoked.record.keyId);
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const hash = hashOf(secret);
  const stored = await Promise.all((await bucket.keys()).map((key) => bucket.get(key)));
  const text = stored.map((entry) => entry?.key + new TextDecoder().decode(entry?.value)).join();
  expect(text).not.toContain(secret);
  expect(text).toContain(hash);
  const ring = await followAccessKeys(bus, logger);
  const unknown = newSecret('live', derivedId('key', 'unknown'));
  const told = [
    () => ring.authenticate(`${secret}x`, undefined),
    () => ring.authenticate('br_mistyped', undefined),
    () => ring.authenticate(unknown, undefined),
    () => ring.authenticate(secret, otherId),
    () => ring.authenticate(service.secret, undefined),
    () => ring.authenticate(revoked.secret, undefined),
  ].map((attempt) => messageOf(attempt) ?? '');
  expect(told).toEqual([
    expect.stringMatching(/^The API key is not complete, or mistyped/),
    expect.stringMatching(/^The API key is not complete, or mistyped/),
    expect.stringMatching(/^There is no such API key/),
    expect.stringMatching(/^The API key is not for the organisation/),
    expect.stringMatching(/^A service key names the organisation it acts for/),
    expect.stringContaining(`${revoked.record.keyId} was revoked at 20`),
  ]);
  for (const hidden of [secret, unknown, service.secret, revoked.secret, hash])
    expect(told.join()).not.toContain(hidden);
  await ring.close();
});

test('of two records of a secret the higher revision holds, in whichever order they are put', async () => {
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const base = {
    keyId: derivedId('key', 'revised'),
    kind: 'organisation',
    organisationId,
  } as const;
  const at = (revision: number) => ({
    hash: hashOf('revised'),
    record: { ...base, name: `${revision}`, createTimeMs: 1, revision },
  });
  await Promise.all([2, 5, 1, 4, 3].map((revision) => putRecord(bucket, at(revision))));
  expect(await putRecord(bucket, at(3))).toMatchObject({ name: '5' });
  const all = await readRecords(bucket);
  expect(all.filter(({ hash }) => hash === at(0).hash)).toEqual([at(5)]);
});

test('an expired key is refused from its time on, and keys that were used are told once', () => {
  let nowMs = 1_000;
  const ring = new KeyRing(() => nowMs);
  const keyId = derivedId('key', 'expiring');
  const secret = newSecret('test', keyId);
  const record = {
    keyId,
    kind: 'organisation',
    organisationId,
    name: 'x',
    createTimeMs: 0,
  } as const;
  ring.set(hashOf(secret), { ...record, expireTimeMs: 2_000 });
  expect(ring.authenticate(secret, undefined).keyId).toBe(keyId);
  expect(ring.takeUses()).toEqual([{ keyId, lastUsedMs: 1_000 }]);
  expect(ring.takeUses()).toEqual([]);
  nowMs = 2_000;
  expect(messageOf(() => ring.authenticate(secret, undefined))).toContain(`${keyId} expired`);
  expect(ring.takeUses()).toEqual([]);
});

function refused(attempt: () => unknown): boolean {
  return messageOf(attempt) !== undefined;
}

function messageOf(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

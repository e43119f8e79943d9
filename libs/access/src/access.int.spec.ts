import { connectBus, openBucket, type Bus } from '@billingrails/bus';
import { Scope } from '@billingrails/contracts/billingrails/common/v1/scope_pb';
import { derivedId } from '@billingrails/ids';
import { createLogger } from '@billingrails/log';
import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { ACCESS_KEYS, allScopes, createKey, followAccessKeys, listKeys, revokeKey } from './index';

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

test('only hashes are stored, and a refusal does not tell which part was wrong', async () => {
  const { secret } = await createKey(bus, { kind: 'organisation', organisationId, name: 'x' });
  const bucket = await openBucket(bus, ACCESS_KEYS);
  const stored = await Promise.all((await bucket.keys()).map((key) => bucket.get(key)));
  const text = stored.map((entry) => entry?.key + new TextDecoder().decode(entry?.value)).join();
  expect(text).not.toContain(secret);
  const ring = await followAccessKeys(bus, logger);
  const messages = [
    () => ring.authenticate('br_unknown', undefined),
    () => ring.authenticate(secret, otherId),
  ].map(messageOf);
  expect(new Set(messages).size).toBe(1);
  await ring.close();
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

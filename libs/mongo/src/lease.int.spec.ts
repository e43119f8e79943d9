import { startServers, type TestServers } from '@billingrails/testing';
import { acquireLease, releaseLease, renewLease, type Mongo } from './index';
import { connectTestMongo } from './test-mongo';

const TTL_MS = 10_000;

let servers: TestServers;
let mongo: Mongo;
let number = 0;
let name = '';

beforeAll(async () => {
  servers = await startServers({ mongo: true });
  mongo = await connectTestMongo(servers, 'lease_test');
});

beforeEach(() => {
  name = `lease ${(number += 1)}`;
});

afterAll(async () => {
  await mongo.close();
  await servers.stop();
});

const request = (owner: string, nowMs: number) => ({ name, owner, ttlMs: TTL_MS, nowMs });
const acquire = (owner: string, nowMs: number) => acquireLease(mongo.db, request(owner, nowMs));
const renew = (owner: string, nowMs: number) => renewLease(mongo.db, request(owner, nowMs));

test('of many at once, one gets a new lease, and one an expired lease', async () => {
  const owners = Array.from({ length: 20 }, (_, index) => `owner ${index}`);
  for (const nowMs of [1_000, 1_000 + TTL_MS]) {
    const leases = await Promise.all(owners.map((owner) => acquire(owner, nowMs)));
    expect(leases.filter((lease) => lease !== undefined)).toHaveLength(1);
  }
});

test('a lease is held until it expires, to the millisecond', async () => {
  expect(await acquire('a', 0)).toEqual({ name, owner: 'a', expireTimeMs: TTL_MS, term: 1 });
  expect(await acquire('b', TTL_MS - 1)).toBeUndefined();
  expect(await acquire('b', TTL_MS)).toMatchObject({
    owner: 'b',
    expireTimeMs: 2 * TTL_MS,
    term: 2,
  });
});

test('its owner renews it in the same term, by acquiring too', async () => {
  await acquire('a', 0);
  expect(await renew('a', 5_000)).toMatchObject({ expireTimeMs: 15_000, term: 1 });
  expect(await acquire('a', 6_000)).toMatchObject({ expireTimeMs: 16_000, term: 1 });
  expect(await acquire('b', 15_999)).toBeUndefined();
});

test('a former owner cannot renew, whether it expired or went to another', async () => {
  await acquire('a', 0);
  expect(await renew('a', TTL_MS)).toBeUndefined();
  await acquire('b', TTL_MS);
  expect(await renew('a', TTL_MS + 1)).toBeUndefined();
  expect(await renew('b', TTL_MS + 1)).toMatchObject({ owner: 'b' });
});

test('an owner who comes back after expiry gets a new term', async () => {
  await acquire('a', 0);
  expect(await acquire('a', TTL_MS)).toMatchObject({ term: 2 });
});

test("a lease given up is free at once; giving up another's changes nothing", async () => {
  const first = await acquire('a', 0);
  if (first === undefined) throw new Error('the lease is free');
  await releaseLease(mongo.db, first);
  expect(await acquire('b', 1)).toMatchObject({ owner: 'b', term: 2 });
  await releaseLease(mongo.db, first);
  expect(await acquire('c', 2)).toBeUndefined();
});

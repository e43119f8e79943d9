import { startServers, type TestServers } from '@billingrails/testing';
import { ensureIndexes, type IndexSpec, type Mongo } from './index';
import { connectTestMongo } from './test-mongo';

let servers: TestServers;
let mongo: Mongo;
let number = 0;

beforeAll(async () => {
  servers = await startServers({ mongo: true });
});

beforeEach(async () => {
  mongo = await connectTestMongo(servers, `indexes_test_${(number += 1)}`);
});

afterEach(() => mongo.close());

afterAll(() => servers.stop());

const byAccount: IndexSpec = {
  collection: 'accounts',
  key: { organisationId: 1, name: -1 },
  unique: true,
};

test('replicas that start at the same time make what is missing, once', async () => {
  await Promise.all(
    Array.from({ length: 5 }, () =>
      ensureIndexes(mongo.db, [byAccount, { collection: 'only_a_collection' }]),
    ),
  );
  await ensureIndexes(mongo.db, [byAccount]);
  expect(await mongo.db.collection('accounts').indexes()).toEqual([
    expect.objectContaining({ key: { _id: 1 } }),
    expect.objectContaining({ key: { organisationId: 1, name: -1 }, unique: true }),
  ]);
  const names = (await mongo.db.listCollections().toArray()).map(({ name }) => name);
  expect(names.sort()).toEqual(['accounts', 'leases', 'only_a_collection', 'outbox', 'requests']);
});

test('a changed time to live is applied', async () => {
  const expiring = { collection: 'marks', key: { markTime: 1 } } as const;
  await ensureIndexes(mongo.db, [{ ...expiring, expireAfterSeconds: 60 }]);
  await ensureIndexes(mongo.db, [{ ...expiring, expireAfterSeconds: 120 }]);
  expect(await mongo.db.collection('marks').indexes()).toContainEqual(
    expect.objectContaining({ key: { markTime: 1 }, expireAfterSeconds: 120 }),
  );
});

test('an index that is otherwise different is refused rather than changed', async () => {
  await ensureIndexes(mongo.db, [byAccount]);
  await expect(ensureIndexes(mongo.db, [{ ...byAccount, unique: false }])).rejects.toThrow(
    /same name|different options/,
  );
});

import { startServers, type TestServers } from '@billingrails/testing';
import { ensureIndexes, idempotently, inTransaction, type Mongo, type RequestKey } from './index';
import { connectTestMongo } from './test-mongo';

let servers: TestServers;
let mongo: Mongo;

beforeAll(async () => {
  servers = await startServers({ mongo: true });
  mongo = await connectTestMongo(servers, 'idempotency_test');
  await ensureIndexes(mongo.db, [{ collection: 'effects' }]);
});

afterAll(async () => {
  await mongo.close();
  await servers.stop();
});

beforeEach(async () => {
  await mongo.db.collection('effects').deleteMany({});
  await mongo.db.collection('requests').deleteMany({});
});

const request: RequestKey = {
  organisationId: 'org_1',
  method: 'billingrails.metering.v1.MeterService/CreateMeter',
  requestId: 'request 1',
  content: Buffer.from('name: calls'),
};

const effects = () => mongo.db.collection('effects').countDocuments();

/** Writes an effect and answers with `answer`, once for each request. */
async function perform(key: RequestKey, answer: string): Promise<string> {
  const bytes = await inTransaction(mongo, (session) =>
    idempotently(mongo, session, key, async () => {
      await mongo.db.collection('effects').insertOne({ answer }, { session });
      return Buffer.from(answer);
    }),
  );
  return Buffer.from(bytes).toString();
}

test('the same request again gets the first answer and has no second effect', async () => {
  expect(await perform(request, 'first')).toBe('first');
  expect(await perform({ ...request, content: Buffer.from('name: calls') }, 'second')).toBe(
    'first',
  );
  expect(await effects()).toBe(1);
});

test('an empty answer is an answer', async () => {
  expect(await perform(request, '')).toBe('');
  expect(await perform(request, 'second')).toBe('');
});

test('the same id with other content is refused, and has no effect', async () => {
  await perform(request, 'first');
  const other = { ...request, content: Buffer.from('name: messages') };
  await expect(perform(other, 'second')).rejects.toMatchObject({
    kind: 'conflict',
    reason: 'REQUEST_ID_REUSED',
    violations: [{ field: 'request_id' }],
  });
  expect(await effects()).toBe(1);
});

test('each method has ids of its own', async () => {
  const other = { ...request, method: 'billingrails.metering.v1.MeterService/UpdateMeter' };
  expect(await perform(request, 'first')).toBe('first');
  expect(await perform(other, 'second')).toBe('second');
  expect(await perform(request, 'third')).toBe('first');
  expect(await effects()).toBe(2);
});

test('another organisation may use the same id', async () => {
  await perform(request, 'first');
  expect(await perform({ ...request, organisationId: 'org_2' }, 'second')).toBe('second');
});

test('without an id every request has its effect', async () => {
  await perform({ ...request, requestId: '' }, 'first');
  expect(await perform({ ...request, requestId: '' }, 'second')).toBe('second');
  expect(await effects()).toBe(2);
});

test('a request that failed may be tried again', async () => {
  const failing = inTransaction(mongo, (session) =>
    idempotently(mongo, session, request, () => Promise.reject(new Error('refused'))),
  );
  await expect(failing).rejects.toThrow('refused');
  expect(await perform(request, 'second')).toBe('second');
});

test('of many at once, one has the effect and all get its answer', async () => {
  const answers = await Promise.all(
    Array.from({ length: 25 }, (_, caller) => perform(request, `answer ${caller}`)),
  );
  expect(new Set(answers).size).toBe(1);
  expect(await effects()).toBe(1);
});

test('answers are forgotten after 30 days', async () => {
  const indexes = await mongo.db.collection('requests').indexes();
  expect(indexes).toContainEqual(
    expect.objectContaining({ key: { createTime: 1 }, expireAfterSeconds: 2_592_000 }),
  );
});

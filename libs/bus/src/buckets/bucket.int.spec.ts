import { startServers, waitFor, type TestServers } from '@billingrails/testing';
import { openBucket, type Bucket, type Bus } from '../index';
import { connectTestBus } from '../testing/test-bus';

let servers: TestServers;
let bus: Bus;
let name = '';
let bucket: Bucket;
let number = 0;

beforeAll(async () => {
  servers = await startServers({ nats: true });
  bus = await connectTestBus(servers);
});

beforeEach(async () => {
  name = `bucket_${(number += 1)}`;
  bucket = await openBucket(bus, name);
});

afterAll(async () => {
  await bus.close();
  await servers.stop();
});

const value = (content: string) => Buffer.from(content);

/** Follows the bucket into a map, as services do. */
function follow(source: Bucket) {
  const entries = new Map<string, string>();
  const seen: string[] = [];
  let readyAt: number | undefined;
  const watch = source.watchAll(
    ({ key, value: content }) => {
      seen.push(key);
      if (content === undefined) entries.delete(key);
      else entries.set(key, Buffer.from(content).toString());
    },
    () => (readyAt = seen.length),
  );
  return { entries, seen, watch, readyAt: () => readyAt };
}

test('a value is read back by key, the last one put', async () => {
  expect(await bucket.get('a')).toBeUndefined();
  const first = await bucket.put('a', value('1'));
  const second = await bucket.put('a', value('2'));
  expect(second).toBeGreaterThan(first);
  const entry = await bucket.get('a');
  expect(entry?.revision).toBe(second);
  expect(Buffer.from(entry?.value ?? []).toString()).toBe('2');
  await bucket.put('b', value('3'));
  expect((await bucket.keys()).sort()).toEqual(['a', 'b']);
  await bucket.delete('a');
  expect(await bucket.get('a')).toBeUndefined();
  expect(await bucket.keys()).toEqual(['b']);
});

test('of two who put the same new key, or change the same revision, one succeeds', async () => {
  const created = await Promise.all([1, 2, 3].map((n) => bucket.putIf('a', value(String(n)))));
  expect(created.filter((revision) => revision !== undefined)).toHaveLength(1);
  const revision = (await bucket.get('a'))?.revision ?? 0;
  const changed = await Promise.all(
    [4, 5].map((n) => bucket.putIf('a', value(String(n)), revision)),
  );
  expect(changed.filter((each) => each !== undefined)).toHaveLength(1);
});

test('a deleted key may be put as new', async () => {
  await bucket.put('a', value('1'));
  await bucket.delete('a');
  expect(await bucket.putIf('a', value('2'))).toBeDefined();
});

test('the bucket is in files and keeps the last value of a key only', async () => {
  const { config } = await bus.manager.streams.info(`KV_${name}`);
  expect(config).toMatchObject({ storage: 'file', max_msgs_per_subject: 1, allow_direct: false });
});

test('an empty bucket is ready at once', async () => {
  const { readyAt, watch } = follow(bucket);
  await waitFor(() => readyAt() === 0, { what: 'the watch to be ready' });
  await watch.close();
});

test('who follows gets the present content, then ready, then each change', async () => {
  await bucket.put('a', value('1'));
  await bucket.put('b', value('2'));
  await bucket.delete('b');
  await bucket.put('c', value('3'));
  const { entries, seen, readyAt, watch } = follow(bucket);
  await waitFor(() => readyAt() !== undefined, { what: 'the watch to be ready' });
  expect(readyAt()).toBe(3);
  expect(entries).toEqual(
    new Map([
      ['a', '1'],
      ['c', '3'],
    ]),
  );
  await bucket.put('a', value('4'));
  await bucket.delete('c');
  await waitFor(() => seen.length === 5, { what: 'both changes' });
  expect(entries).toEqual(new Map([['a', '4']]));
  await watch.close();
  await bucket.put('a', value('5'));
  expect(entries.get('a')).toBe('4');
});

test('who follows more than fits into one request gets all of it', async () => {
  await Promise.all(Array.from({ length: 600 }, (_, n) => bucket.put(`key_${n}`, value(`${n}`))));
  const { entries, readyAt, watch } = follow(bucket);
  await waitFor(() => readyAt() === 600, { what: 'the watch to be ready' });
  expect(entries.get('key_599')).toBe('599');
  await watch.close();
});

test('who follows sees changes made after the broker was killed and brought back', async () => {
  await bucket.put('a', value('1'));
  const { entries, readyAt, watch } = follow(bucket);
  await waitFor(() => readyAt() === 1, { what: 'the watch to be ready' });
  await servers.nats.kill();
  await servers.nats.restart();
  await waitFor(() => bus.connected, { what: 'the connection to be back' });
  await bucket.put('b', value('2'));
  await waitFor(() => entries.get('b') === '2', { what: 'the change' });
  expect(entries.get('a')).toBe('1');
  await watch.close();
});

test('an entry that its handler chokes on does not stop the others', async () => {
  await bucket.put('bad', value('x'));
  await bucket.put('good', value('y'));
  const seen: string[] = [];
  let ready = false;
  const watch = bucket.watchAll(
    ({ key }) => {
      if (key === 'bad') throw new Error('cannot be read');
      seen.push(key);
    },
    () => (ready = true),
  );
  await waitFor(() => ready, { what: 'the watch to be ready' });
  expect(seen).toEqual(['good']);
  await watch.close();
});

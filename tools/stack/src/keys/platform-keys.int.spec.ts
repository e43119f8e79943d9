import { statSync } from 'node:fs';
import { join } from 'node:path';
import { listKeys, revokeKey } from '@billingrails/access';
import {
  makeTemporaryFolder,
  removeTemporaryFolder,
  startNats,
  type NatsCluster,
} from '@billingrails/servers';
import { PlatformKeys } from './platform-keys';
import { withBus } from '../servers/with-bus';

let folder: string;
let nats: NatsCluster;

beforeEach(async () => {
  folder = makeTemporaryFolder();
  nats = await startNats({ dir: folder });
});
afterEach(async () => {
  await nats.kill();
  removeTemporaryFolder(folder);
});

const keys = () => new PlatformKeys(folder, nats.url);

test('the same name is the same organisation with the same key, also for another process', async () => {
  const first = await keys().organisation('acme');
  expect(await keys().organisation('acme')).toEqual(first);
  expect((await keys().organisation('other')).organisationId).not.toBe(first.organisationId);
  expect(await keys().serviceKey()).toBe(await keys().serviceKey());
});

test('asked twice at once, one key is made', async () => {
  const [first, second] = await Promise.all([
    keys().organisation('acme'),
    keys().organisation('acme'),
  ]);
  expect(second).toEqual(first);
  expect(await withBus(nats.url, listKeys)).toHaveLength(1);
});

test('a revoked key is replaced, and the organisation stays the same', async () => {
  const first = await keys().organisation('acme');
  await withBus(nats.url, async (bus) => {
    for (const { keyId } of await listKeys(bus)) await revokeKey(bus, keyId);
  });
  const second = await keys().organisation('acme');
  expect(second.organisationId).toBe(first.organisationId);
  expect(second.key).not.toBe(first.key);
});

test('only its owner can read the file with the secrets', async () => {
  await keys().serviceKey();
  expect(statSync(join(folder, 'keys.json')).mode & 0o077).toBe(0);
});

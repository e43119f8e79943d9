import { createServer } from 'node:net';
import {
  choosePorts,
  LOOPBACK,
  makeTemporaryFolder,
  removeTemporaryFolder,
} from '@billingrails/servers';
import { planStart } from './stack-ports';
import { readState, writeState } from './state';

let folder: string;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => removeTemporaryFolder(folder));

test('the ports of the run before are kept while they are free, and replaced when they are not', async () => {
  const before = await planStart(folder, undefined, { ports: 'free' });
  writeState(folder, before);
  expect(await planStart(folder, readState(folder), { ports: 'usual' })).toEqual(before);
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(before.mongo[0], LOOPBACK, resolve));
  const after = await planStart(folder, readState(folder), { ports: 'usual' });
  expect(after.mongo).not.toEqual(before.mongo);
  expect(after.nats).toEqual(before.nats);
  await new Promise((resolve) => other.close(resolve));
});

test('three nodes get twelve different ports', async () => {
  const { mongo, nats } = await planStart(folder, undefined, { nodes: 3, ports: 'free' });
  const all = [...mongo, ...nats.flatMap((ports) => Object.values(ports))];
  expect(new Set(all).size).toBe(12);
});

test('data of one node is not started with three: what to do is said', async () => {
  writeState(folder, await planStart(folder, undefined, { ports: 'free' }));
  const wanted = planStart(folder, readState(folder), { nodes: 3, ports: 'free' });
  await expect(wanted).rejects.toThrow(/that of 1 node.*cannot be used by 3.*another folder/s);
});

test('without --nodes the number is that of the data', async () => {
  const [mongo = 0, ...more] = await choosePorts(Array.from({ length: 3 }));
  writeState(folder, { nodes: 3, mongo: [mongo, ...more] });
  const plan = await planStart(folder, readState(folder), { ports: 'free' });
  expect([plan.nodes, plan.mongo]).toEqual([3, [mongo, ...more]]);
});

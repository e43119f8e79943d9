import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { withLock } from './lock';

let folder: string;
beforeEach(() => {
  folder = makeTemporaryFolder();
});
afterEach(() => removeTemporaryFolder(folder));

test('two at once come one after the other, also when the first fails', async () => {
  const steps: string[] = [];
  const body = (name: string) => async () => {
    steps.push(`${name} begins`);
    await new Promise((resolve) => setImmediate(resolve));
    steps.push(`${name} ends`);
    if (name === 'first') throw new Error('first failed');
  };
  const first = withLock(folder, body('first'));
  const second = withLock(folder, body('second'));
  await expect(first).rejects.toThrow('first failed');
  await second;
  expect(steps).toEqual(['first begins', 'first ends', 'second begins', 'second ends']);
  expect(existsSync(join(folder, 'lock'))).toBe(false);
});

test('the lock of a process that is gone does not count', async () => {
  // Above the largest pid of any system.
  writeFileSync(join(folder, 'lock'), String(2 ** 30));
  expect(await withLock(folder, async () => 'got it')).toBe('got it');
});

import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { cacheFolder, fillCache } from './cache';
import { makeTemporaryFolder, removeTemporaryFolder } from '../temporary';

test.each([
  ['linux', { HOME: '/home/a', XDG_CACHE_HOME: '/cache' }, '/cache/billingrails'],
  ['linux', { HOME: '/home/a' }, '/home/a/.cache/billingrails'],
  ['darwin', { HOME: '/Users/a' }, '/Users/a/Library/Caches/billingrails'],
  ['win32', { LOCALAPPDATA: '/local' }, '/local/billingrails'],
] as const)('on %s with %j the cache is %s', (platform, env, folder) => {
  expect(cacheFolder(env, platform)).toBe(folder);
});

describe('filling the cache', () => {
  let folder: string;
  beforeEach(() => {
    folder = makeTemporaryFolder();
  });
  afterEach(() => removeTemporaryFolder(folder));

  const fetched = (content: string) => async (temporary: string) => {
    const file = join(temporary, 'download', 'whatever');
    mkdirSync(dirname(file));
    writeFileSync(file, content);
    return file;
  };

  test('two at once: both succeed, one program is kept, and nothing else is left', async () => {
    const target = join(folder, 'mongod-6', 'mongod');
    await Promise.all([fillCache(target, fetched('one')), fillCache(target, fetched('two'))]);
    expect(['one', 'two']).toContain(readFileSync(target, 'utf8'));
    expect(readdirSync(folder)).toEqual(['mongod-6']);
  });

  test('a failed fetch leaves nothing', async () => {
    const target = join(folder, 'mongod-6', 'mongod');
    const failing = async (temporary: string) => {
      writeFileSync(join(temporary, 'half'), 'a download');
      throw new Error('the line broke');
    };
    await expect(fillCache(target, failing)).rejects.toThrow('the line broke');
    expect(readdirSync(folder)).toEqual([]);
  });
});

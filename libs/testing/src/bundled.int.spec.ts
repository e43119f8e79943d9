import { spawnSync } from 'node:child_process';
import { bundled } from './bundled';

test('a program is bundled into one file that runs by itself; one that is not there is named', () => {
  const [patience] = bundled('src/patience.ts');
  const { status } = spawnSync(process.execPath, [patience], { cwd: '/' });
  expect(status).toBe(0);
  expect(() => bundled('src/nowhere.ts')).toThrow('src/nowhere.ts');
});

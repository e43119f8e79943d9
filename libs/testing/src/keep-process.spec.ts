import { keepProcess } from './keep-process';

const listener = () => undefined;
const globals = globalThis as Record<string, unknown>;

test.each<[string, () => void, () => unknown]>([
  ['a global that was added', () => (globals['added'] = 1), () => 'added' in globals],
  [
    'a global that was changed',
    () => (globals['setTimeout'] = listener),
    () => globals['setTimeout'],
  ],
  ['a global that was removed', () => delete globals['setTimeout'], () => globals['setTimeout']],
  ['a setting that was added', () => (process.env['ADDED'] = '1'), () => process.env['ADDED']],
  ['a setting that was changed', () => (process.env['PATH'] = ''), () => process.env['PATH']],
  ['a setting that was removed', () => delete process.env['PATH'], () => process.env['PATH']],
  ['a change of folder', () => process.chdir('/'), () => process.cwd()],
  ['a listener', () => process.on('SIGHUP', listener), () => process.listenerCount('SIGHUP')],
  ['a way to exit', () => (process.exit = listener as never), () => process.exit],
  ['how the process would exit', () => (process.exitCode = 3), () => process.exitCode],
])('%s is undone', (_what, change, seen) => {
  const before = seen();
  const restore = keepProcess();
  change();
  expect(seen()).not.toBe(before);
  restore();
  expect(seen()).toBe(before);
});

test('a listener that was there stays, also beside one that is undone', () => {
  process.on('SIGHUP', listener);
  const restore = keepProcess();
  process.once('SIGHUP', () => undefined);
  restore();
  expect(process.rawListeners('SIGHUP')).toEqual([listener]);
  process.off('SIGHUP', listener);
});

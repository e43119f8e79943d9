import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { bundled } from '@billingrails/testing';

// Each tool is a process of its own.
const demo = 'demo/src/main.ts';
const start = 'demo/src/start.ts';
const sharding = 'sharding/src/main.ts';
const bench = 'bench/src/main.ts';
const stack = 'stack/src/main.ts';
const tools = [demo, start, sharding, bench, stack];
const programs = bundled(...tools.map((tool) => join('..', tool)));
const file = __filename;

function run(tool: string, ...args: string[]) {
  const program = programs[tools.indexOf(tool)] ?? '';
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...args], {
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

test.each([
  [demo, ['--trace', '--help']],
  [sharding, ['--help']],
  [bench, ['--help']],
  [stack, ['keys', 'create', '--organisation', '--help']],
])('%s answers --help wherever it stands: %j', (tool, args) => {
  const { status, stdout, stderr } = run(tool, ...args);
  expect([status, stderr]).toEqual([0, '']);
  expect(stdout).toContain('Usage: ');
});

test.each([
  [demo, ['--trace', '/nope'], '--trace'],
  [demo, ['--trace', file], '--trace'],
  [demo, ['--trace', '--json'], '--trace'],
  [start, ['--data', join(file, 'below')], '--data'],
  [sharding, ['--url', 'nope'], '--url'],
  [sharding, ['--url', 'mongodb://127.0.0.1:1', '--shards', 'many'], '--shards'],
  [stack, ['start', '--data', file], '--data'],
])('%s %j is refused in one line that says what to do', (tool, args, told) => {
  const { status, stdout, stderr } = run(tool, ...args);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr.trimEnd().split('\n')).toHaveLength(1);
  expect(stderr).toContain(told);
});

import { spawnSync } from 'node:child_process';
import { makeTemporaryFolder, removeTemporaryFolder } from '@billingrails/servers';
import { bundled } from '@billingrails/testing';
import { stopRunning } from './running-stack';

// Each command is a process of its own, and there are many.
const [main] = bundled('src/main.ts');
let dataDir: string;

beforeEach(() => {
  dataDir = makeTemporaryFolder();
});
afterEach(async () => {
  await stopRunning(dataDir);
  removeTemporaryFolder(dataDir);
});

function stack(...args: string[]) {
  const { MONGODB_URL: _mongo, NATS_URL: _nats, ...env } = process.env;
  const { status, stdout, stderr } = spawnSync(process.execPath, [main, ...args], {
    encoding: 'utf8',
    env,
  });
  return { status, stdout, stderr };
}

test('start, start again, status, stop, stop again', () => {
  const first = stack('start', '--data', dataDir);
  expect(first.stderr).toContain('Started.');
  expect(first.stdout).toMatch(
    /^MONGODB_URL='mongodb:.*'\nNATS_URL='nats:.*'\nNATS_MONITOR_URL='http:/,
  );
  const second = stack('start', '--data', dataDir);
  expect(second.stderr).toContain('Runs already');
  expect(second.stdout).toBe(first.stdout);
  const status = stack('status', '--data', dataDir);
  expect(status.stdout).toMatch(/nats-server 1: pid \d+, port \d+\nmongod 1: pid \d+, port \d+\n/);
  expect(stack('stop', '--data', dataDir).stdout).toContain('Stopped nats-server 1, mongod 1.');
  expect(stack('stop', '--data', dataDir).stdout).toContain('Nothing runs');
  expect(stack('status', '--data', dataDir).status).toBe(1);
});

test('what is wrong is told in words, without a stack trace', () => {
  stack('start', '--data', dataDir);
  stack('stop', '--data', dataDir);
  const { status, stderr } = stack('start', '--nodes', '3', '--data', dataDir);
  expect(status).toBe(1);
  expect(stderr).toContain('Give another folder with --data');
  expect(stderr).not.toContain('    at ');
});

test('a key is created, listed without its secret, and revoked', () => {
  stack('start', '--data', dataDir);
  const created = stack('keys', 'create', '--name', 'acme', '--data', dataDir).stdout;
  const [, secret = '', keyId = '', organisationId = ''] =
    /^key +(br_\S+)\nkey id +(key_\S+)\norganisation +(org_\S+)\n$/.exec(created) ?? [];
  const second = stack('keys', 'create', '--organisation', organisationId, '--data', dataDir);
  expect(second.stdout).toContain(organisationId);
  const listed = stack('keys', 'list', '--data', dataDir).stdout;
  expect(listed).toMatch(new RegExp(`^${keyId}.*organisation  ${organisationId}  acme\\n`));
  expect(listed).not.toContain(secret);
  expect(stack('keys', 'revoke', keyId, '--data', dataDir).stdout).toBe(`Revoked ${keyId}.\n`);
  expect(stack('keys', 'list', '--data', dataDir).stdout).not.toContain(keyId);
  const again = stack('keys', 'revoke', keyId, '--data', dataDir);
  expect([again.status, again.stderr]).toEqual([1, `There is no key ${keyId}.\n`]);
});

test('keys without a running NATS: what to do is told', () => {
  expect(stack('keys', 'list', '--data', dataDir).stderr).toContain('set NATS_URL');
});

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { startPlatform, stopRunning } from '@billingrails/stack';
import { node24 } from './node-24';

const root = join(__dirname, '../../..');
const folder = mkdtempSync(join(tmpdir(), 'billingrails-node-24-'));

afterAll(async () => {
  await stopRunning(folder);
  rmSync(folder, { recursive: true, force: true });
});

test('the demo and the built services run under Node 24, and the month ends with usage, invoices and their pages', async () => {
  const program = await node24();
  const demo = ['--import', 'tsx', 'tools/demo/src/main.ts', '--keep', '--data', folder];
  const { stdout } = await promisify(execFile)(program, demo, { cwd: root });
  expect(stdout).toContain('Base fee');
  expect(stdout).toContain('Storage');
  // It plays an account with two digits mixed up, and says whom it looks like.
  expect(stdout).toMatch(/acct_67980 .* 3 .*Plays 3.*no such account.*acct_67890/);
  const page = /(\S+INV-000001\.html)/.exec(stdout)?.[1] ?? '';
  expect(readFileSync(page, 'utf8')).toContain('INV-000001');
  // Started again it finds the services that run, and they say what they run on.
  const { httpUrls } = await startPlatform({ dataDir: folder, detached: true });
  const metrics = await (await fetch(`${httpUrls.metering}/metrics`)).text();
  expect(metrics).toMatch(/nodejs_version_info\{version="v24\./);
});

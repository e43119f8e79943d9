import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openApiJson } from '@billingrails/contracts/openapi';

const PROGRAM = '@redocly/cli/bin/cli.js';

/** Runs a command of redocly on the document. It asks nothing of the network, and tells nobody of its use. */
export function redocly(command: string, ...options: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'openapi-'));
  const file = join(folder, 'openapi.json');
  try {
    writeFileSync(file, openApiJson);
    const program = createRequire(join(process.cwd(), 'package.json')).resolve(PROGRAM);
    return spawnSync(process.execPath, [program, command, file, ...options], {
      encoding: 'utf8',
      env: { ...process.env, REDOCLY_TELEMETRY: 'off', REDOCLY_SUPPRESS_NOTIFICATIONS: 'true' },
    });
  } finally {
    rmSync(folder, { recursive: true });
  }
}

import { join } from 'node:path';
import type { Platform } from '@billingrails/stack';

/** Where everything is and with which key it is called, as lines for people. */
export function describePlatform(platform: Platform, key: string, dataDir: string): string {
  const { gateway, ...services } = platform.httpUrls;
  return [
    '',
    `Running at   ${gateway}   (gRPC, gRPC-Web and Connect)`,
    `Every call:  ${gateway}/reference`,
    '',
    'Behind it, each by itself:',
    ...Object.entries(services).map(([name, url]) => `  ${name.padEnd(10)} ${url}`),
    `  MongoDB    ${platform.stack.mongodbUrl}`,
    `  NATS       ${platform.stack.natsUrl}`,
    `  logs       ${join(dataDir, 'logs')}`,
    `API key:     ${key}`,
  ].join('\n');
}

/** The same for a platform that goes on running after this command. */
export function describeKept(platform: Platform, key: string, dataDir: string): string {
  return [
    describePlatform(platform, key, dataDir),
    '',
    commandLines(platform, key, [
      'meters list',
      'invoices list',
      'export invoice-lines',
      'audit list',
    ]),
    '',
    'It goes on running. The same command again starts what has died meanwhile. To end it all:',
    `  npx tsx tools/stack/src/main.ts stop --data ${dataDir}`,
  ].join('\n');
}

/** The first call to try, ready to be copied. */
export function curlLine(platform: Platform, key: string): string {
  const event = {
    event_name: 'Song played',
    properties: { song_id: '12345', duration: 240, billingrails_account_id: 'acct_67890' },
  };
  return [
    `curl -sS ${platform.httpUrls.gateway}/billingrails.ingest.v1.EventService/IngestEvent \\`,
    `  -H 'Authorization: Bearer ${key}' -H 'Content-Type: application/json' \\`,
    `  -d '${JSON.stringify(event)}'`,
  ].join('\n');
}

/** How it is asked by the command line, ready to be copied. */
export function commandLines(platform: Platform, key: string, commands: readonly string[]): string {
  return [
    'By the command line (docs/cli.md; all that it does: npm run --silent cli -- --help):',
    `  export BILLINGRAILS_URL=${platform.httpUrls.gateway} BILLINGRAILS_KEY=${key}`,
    ...commands.map((command) => `  npm run --silent cli -- ${command}`),
  ].join('\n');
}

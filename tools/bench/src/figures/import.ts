import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { checkoutFolder } from '@billingrails/stack';
import type { Bench } from '../bench';
import type { BenchPlatform } from '../bench-platform';
import { ratioOf, type Figure, type Measured } from '../figure';
import { eventLines } from '../load/event-lines';
import { allMetered } from '../load/metered';
import { runLoad, untilGiven } from '../load/run-load';
import { progress } from '../progress';
import { median } from '../statistics';

/** A file of JSON through the command line; the baseline is the bench's own sender, whose batches are made before. */
export const importing: Figure = {
  name: 'import',
  description: '`billingrails events import` of a file, beside the sender of the other figures',
  async measure(bench: Bench): Promise<Measured[]> {
    const { rounds, importEvents: count } = bench.sizes;
    const platform = await bench.platform();
    const folder = mkdtempSync(join(tmpdir(), 'billingrails-bench-import-'));
    const program = bundle(folder);
    const [imported, throughGateway, sent]: [number[], number[], number[]] = [[], [], []];
    try {
      for (let round = 0; round <= rounds; round += 1) {
        progress(`import, ${round === 0 ? 'warming up' : `round ${round} of ${rounds}`}`);
        const ours = await rateOf(platform, count, () => sendBatches(platform, count));
        const file = join(folder, `events-${round}.ndjson`);
        await writeEvents(platform, file, `import-${round}`, count);
        const direct = await rateOf(platform, count, () =>
          runImport(platform, program, file, true),
        );
        rmSync(file);
        await writeEvents(platform, file, `gateway-${round}`, count);
        const passed = await rateOf(platform, count, () =>
          runImport(platform, program, file, false),
        );
        rmSync(file);
        // What runs for the first time is slower.
        if (round === 0) continue;
        sent.push(ours);
        imported.push(direct);
        throughGateway.push(passed);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
    const [value, baseline] = [Math.round(median(imported)), Math.round(median(sent))];
    const ratio = ratioOf(value, baseline);
    return [
      {
        ...{ name: 'events import, NDJSON', value, unit: 'ev/s', baseline, ratio },
        reach: 'ratio ≥ 0.7',
        reached: ratio !== null && ratio >= 0.7,
        details: {
          events: count,
          through_gateway_per_second: Math.round(median(throughGateway)),
          imports: imported.map(Math.round).join(' '),
          senders: sent.map(Math.round).join(' '),
        },
      },
    ];
  },
};

/** The command line as it is published: one file. */
function bundle(folder: string): string {
  const tools = join(checkoutFolder(), 'tools');
  const entry = `billingrails=${join(tools, 'cli/src/main.ts')}`;
  execFileSync(process.execPath, [join(tools, 'bundle.mjs'), folder, entry], { stdio: 'inherit' });
  return join(folder, 'billingrails.mjs');
}

/** How many a second are accepted; everything is metered before the next one is measured. */
async function rateOf(
  { clients, liveMeters }: BenchPlatform,
  count: number,
  send: () => Promise<unknown>,
): Promise<number> {
  const startMs = performance.now();
  await send();
  const tookMs = performance.now() - startMs;
  await allMetered(clients, liveMeters[0]?.id ?? '');
  return (count * 1_000) / tookMs;
}

function sendBatches({ ingestUrl, key, live }: BenchPlatform, count: number): Promise<number> {
  const goesOn = untilGiven(live, live.eventCount + count);
  return runLoad({ ingestUrl, key, batches: live, goesOn });
}

async function writeEvents(
  { liveOptions }: BenchPlatform,
  file: string,
  keyPrefix: string,
  count: number,
): Promise<void> {
  const handle = await open(file, 'w');
  for (const piece of eventLines({ ...liveOptions, keyPrefix }, count)) await handle.write(piece);
  await handle.close();
}

/** From the start of the process to its end. */
async function runImport(
  { key, ingestUrl, gatewayUrl }: BenchPlatform,
  program: string,
  file: string,
  isDirect: boolean,
): Promise<void> {
  const direct = isDirect ? ['--service-url', `ingest=${ingestUrl}`] : [];
  const child = spawn(
    process.execPath,
    [program, 'events', 'import', file, '--url', gatewayUrl, ...direct],
    { env: { ...process.env, BILLINGRAILS_KEY: key }, stdio: ['ignore', 'inherit', 'inherit'] },
  );
  const [status] = (await once(child, 'exit')) as [number | null];
  if (status !== 0) throw new Error(`The import ended with ${status}.`);
}

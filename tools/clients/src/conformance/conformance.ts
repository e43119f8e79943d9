import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { moneyText, parseMoney, sumMoney } from '@billingrails/money';
import type { Scenario } from '@billingrails/demo/scenario';
import { StackError, type Platform } from '@billingrails/stack';
import { connectClients } from '@billingrails/stack/clients';
import { buildLibrary, type Library } from '../build-library';
import { define } from './define';
import { expectedOf } from './expected';
import { startProgram } from './program';
import { runQuickstart } from './quickstart';
import type { Told } from './told';
import { writeEvents } from './write-events';

export { buildLibrary, type Library };
export { musicScenario } from '@billingrails/demo/scenario/music';

/** How long a call of the suite itself may take: as long as the services let it. */
const PATIENCE_MS = 30_000;

/** One line of `npm run clients -- --json`. */
export interface Outcome {
  readonly language: string;
  /** How many were sent and taken. */
  readonly events: number;
  /** By "account/profile", as decimals. */
  readonly usage: Readonly<Record<string, string>>;
  /** Of all invoices together, a decimal. */
  readonly invoice_total: string;
  /** How long the program took, from its start to its answer. */
  readonly seconds: number;
  readonly ok: boolean;
  /** What differs from what was expected, or why there is no answer. Left out where all is well. */
  readonly problem?: string;
}

/**
 * Puts a library to the suite: its program sends the scenario's events through the gateway while ingest is killed and
 * started again, reads what they come to, and tells. Then the quickstart of its README is run.
 */
export async function conform(
  { name, folder, language }: Library,
  platform: Platform,
  scenario: Scenario,
): Promise<Outcome> {
  const { key } = await platform.organisation(`clients-${name}`);
  const { clients, close } = connectClients(platform.urls, key, { defaultTimeoutMs: PATIENCE_MS });
  const temporary = mkdtempSync(join(tmpdir(), 'billingrails-clients-'));
  const startedMs = performance.now();
  const program = startProgram(language.conformance, folder);
  try {
    const suite = await define(clients, scenario);
    const events = join(temporary, 'events.ndjson');
    writeEvents(scenario, events);
    const { gateway: address, metering } = platform.httpUrls;
    const reached = { address, addresses: { metering } };
    program.say(JSON.stringify({ key, ...reached, events, ...suite.task }));
    await program.hear('half');
    await platform.services.ingest.kill();
    program.say('go on');
    await platform.services.ingest.start();
    await program.hear('counted');
    await suite.closeMonth();
    program.say('go on');
    const told = JSON.parse(await program.hear()) as Told;
    const seconds = Math.round((performance.now() - startedMs) / 100) / 10;
    const expected = await expectedOf(clients, scenario, suite);
    await runQuickstart({ name, folder, language }, key, address);
    const problem = isDeepStrictEqual(told, expected)
      ? undefined
      : `It told ${JSON.stringify(told)}, but it is ${JSON.stringify(expected)}.`;
    return {
      ...{ language: name, events: told.events, usage: told.usage },
      invoice_total: totalOf(Object.values(told.invoices), scenario.plan.currencyCode),
      ...{ seconds, ok: problem === undefined, ...(problem === undefined ? {} : { problem }) },
    };
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    return {
      ...{ language: name, events: 0, usage: {}, invoice_total: '', seconds: 0, ok: false },
      problem: error.message,
    };
  } finally {
    program.end();
    close();
    rmSync(temporary, { recursive: true, force: true });
  }
}

function totalOf(amounts: readonly string[], currencyCode: string): string {
  const parsed = amounts.flatMap((amount) => parseMoney(amount, currencyCode) ?? []);
  return moneyText(sumMoney(parsed, currencyCode));
}

import type { ServiceUrls } from '@billingrails/stack';
import { connectClients } from '@billingrails/stack/clients';
import { closeMonth, collectInvoices, collectUnbilled, collectUsage } from './collect';
import { define, subscribe } from './define';
import { reachLimits } from './limits';
import { progress } from './progress';
import { writeInvoices } from './invoices/write-invoices';
import type { DemoResult } from './report';
import type { Scenario } from './scenario/scenario';
import { sendEvents } from './send-events';

/** Plays a scenario from its definitions to its invoices, which it writes into `folder` as pages and PDFs. */
export async function play(
  urls: ServiceUrls,
  key: string,
  scenario: Scenario,
  folder: string,
): Promise<DemoResult> {
  const { clients, close } = connectClients(urls, key);
  try {
    progress.step('Defining accounts, meters and the plan…');
    const { meters, planId } = await define(clients, scenario);
    progress.step(`Sending ${scenario.eventCount} events…`);
    const startedMs = Date.now();
    await sendEvents(clients, scenario);
    const usage = await collectUsage(clients, scenario, meters);
    const seconds = (Date.now() - startedMs) / 1000;
    progress.step('Subscribing, and moving the test clock to the end of the month…');
    await subscribe(clients, scenario, planId);
    await closeMonth(clients, scenario);
    const invoices = await collectInvoices(clients, scenario);
    const unbilled = await collectUnbilled(clients);
    const limits = await reachLimits(clients, scenario, meters);
    return {
      events: scenario.eventCount,
      seconds,
      usage,
      invoices: await writeInvoices(clients, invoices, folder),
      ...{ unbilled, limits },
    };
  } finally {
    close();
  }
}

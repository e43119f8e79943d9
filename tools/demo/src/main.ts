import { join } from 'node:path';
import { Command } from 'commander';
import { dataFolder, parseTool, runTool, startPlatform, type Platform } from '@billingrails/stack';
import { playAlerts, printAlerts, type AlertFigure } from './alerts';
import { ACCOUNT, playChanges, type BillFigure } from './changes';
import { playCredits, type CreditsFigure } from './credits';
import { connectClients, type Clients } from '@billingrails/stack/clients';
import { describeKept } from './describe';
import { playMoney, type MoneyFigure } from './money';
import { play } from './play';
import { progress } from './progress';
import { writeExports, type ExportFigure } from './invoices/write-exports';
import {
  printBills,
  printCredits,
  printExports,
  printMoney,
  printTables,
  printTaxes,
} from './report';
import { musicScenario } from './scenario/music';
import { playTerms } from './subscriptions/play-terms';
import { playTaxes, type TaxedFigure } from './taxes/play-taxes';
import { traceScenario } from './scenario/trace';
import { playWebhooks, printWebhooks } from './webhooks/play-webhooks';
import type { WebhookFigure } from './webhooks/receiver';

const command = new Command()
  .name('npm run demo --')
  .description(
    'Plays one month of usage through the whole platform: events in, invoices out. Without a trace it is the month of a ' +
      'small music service. A platform that an earlier --keep left running is used again, and goes on running.',
  )
  .option(
    '--trace <files>',
    'CSV files (TIMESTAMP,ContextTokens,GeneratedTokens), comma-separated: one account a file',
  )
  .option('--json', 'print one JSON object, last', false)
  .option('--keep', 'leave the platform running and print its addresses and the key', false)
  .option('--data <folder>', 'where the platform keeps its data and the invoices', '.data/demo');

async function demo(): Promise<void> {
  await parseTool(command);
  const options = command.opts<{ trace?: string; json: boolean; keep: boolean; data: string }>();
  const scenario =
    options.trace === undefined ? musicScenario : traceScenario(options.trace.split(','));
  const dataDir = dataFolder(options.data);
  progress.step('Starting MongoDB, NATS and the services…');
  const platform = await startPlatform({ dataDir, detached: options.keep });
  try {
    const { key } = await platform.organisation(scenario.name);
    const result = await play(platform.urls, key, scenario, join(dataDir, 'invoices'));
    const eInvoices = join(dataDir, 'e-invoices');
    const story = options.trace === undefined ? await storyOf(platform, eInvoices) : undefined;
    if (!options.json) printTables(result);
    if (!options.json && story !== undefined) {
      printBills('A customer whose plan changes, and whose events arrive late', story.changes);
      printBills(
        'A customer with a trial, a discount, and usage that is billed before the cycle ends',
        story.terms,
      );
      printCredits(story.credits);
      printTaxes(story.taxes);
      printExports(story.exports);
      printAlerts(story.alerts);
      printMoney(story.money);
      printWebhooks(story.webhooks);
    }
    if (options.keep) progress.step(describeKept(platform, key, dataDir));
    if (options.json) console.log(JSON.stringify({ ...result, ...story }));
  } finally {
    if (!options.keep) await platform.stop();
  }
}

/** What a few customers went through. */
interface Story {
  readonly changes: readonly BillFigure[];
  readonly terms: readonly BillFigure[];
  readonly credits: CreditsFigure;
  readonly alerts: readonly AlertFigure[];
  readonly taxes: readonly TaxedFigure[];
  readonly exports: readonly ExportFigure[];
  readonly money: MoneyFigure;
  readonly webhooks: readonly WebhookFigure[];
}

/**
 * The stories of a change, of a trial, a discount and a threshold, of prepaid credits and alerts, of prepaid money,
 * told by webhooks, of taxes and files.
 */
async function storyOf(platform: Platform, eInvoices: string): Promise<Story> {
  const changed = await inOrganisation(platform, 'changes', async (clients) => {
    progress.step('Changing a plan, and sending late events…');
    const changes = await playChanges(clients);
    progress.step('Burning prepaid credits…');
    const credits = await playCredits(clients, ACCOUNT);
    progress.step('Waiting for alerts…');
    return { changes, credits, alerts: await playAlerts(clients, ACCOUNT) };
  });
  progress.step('Paying an invoice with prepaid credits…');
  const { played: money, webhooks } = await inOrganisation(platform, 'money', (clients) =>
    playWebhooks(clients, () => playMoney(clients)),
  );
  progress.step('Taxing invoices…');
  const taxed = await inOrganisation(platform, 'taxes', async (clients) => {
    const taxes = await playTaxes(clients, eInvoices);
    progress.step('Exporting invoices and costs…');
    return { taxes, exports: await writeExports(clients, join(eInvoices, 'exports')) };
  });
  progress.step('Trying, with a discount and a threshold…');
  const terms = await inOrganisation(platform, 'terms', playTerms);
  return { ...changed, terms, money, webhooks, ...taxed };
}

/** Plays with an organisation of that name, which nothing else is played in. */
async function inOrganisation<T>(
  platform: Platform,
  name: string,
  playWith: (clients: Clients) => Promise<T>,
): Promise<T> {
  const { key } = await platform.organisation(name);
  const { clients, close } = connectClients(platform.urls, key);
  try {
    return await playWith(clients);
  } finally {
    close();
  }
}

await runTool(demo);

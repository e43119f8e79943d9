import { invoicesOf, recomputeAll, type ExpectedPreview } from '@billingrails/recompute';
import type { Platform } from '@billingrails/stack';
import { connectClients } from '@billingrails/stack/clients';
import { collect, toLines } from './collect';
import { compareInvoices, compareLines, type YearDifference } from './compare';
import { compareBalances } from './credits';
import { generate, type YearOptions } from './generate';
import { only } from './generate/only';
import { compareDocuments } from './invoices/documents';
import { recomputeInvoices } from './invoices/recompute';
import { Kills } from './kills';
import { play } from './play';

/** What a year came to. */
export interface YearResult {
  readonly seed: number;
  readonly accounts: number;
  readonly bills: number;
  readonly invoices: number;
  readonly lines: number;
  readonly adjustments: number;
  /** How many invoices `tools/recompute/invoice.py` has recomputed from what they say. */
  readonly recomputed: number;
  readonly kills: number;
  /** Of changes that came at once, each compared with the bill that was made, and of running cycles. */
  readonly previews: number;
  /** Of credits, each compared with the recomputation. */
  readonly balances: number;
  /** How often thresholds of alerts were passed, each as the recomputation has it. */
  readonly alerts: number;
  /** How often it was asked for access, reserved, settled and released. */
  readonly accesses: number;
  /** How many of all of these are not as the recomputation has them, or as they were shown. */
  readonly differences: number;
}

export interface RunOptions extends YearOptions {
  /** How often a replica of billing is killed. */
  readonly kills: number;
  /** The only accounts that are played. Left out: all. */
  readonly only?: readonly string[];
  /** Hears how far it is. */
  readonly report: (text: string) => void;
}

/**
 * Plays a year through a platform with two replicas of billing, and compares every invoice line with the recomputation.
 */
export async function runYear(
  platform: Platform,
  options: RunOptions,
): Promise<{ result: YearResult; differences: YearDifference[] }> {
  const { seed, accounts, report } = options;
  const whole = generate(options);
  const history = options.only === undefined ? whole : only(whole, options.only);
  const { key } = await platform.organisation(`year-${seed}-${accounts}-${options.months}`);
  const { clients, close } = connectClients(platform.urls, key);
  const startedMs = Date.now();
  const kills = new Kills(platform, seed, options.kills);
  try {
    const { subscriptions, previews, credits, alerts, accesses } = await play(clients, history, {
      step: async (step, ofSteps) => {
        if (step % 10 === 0)
          report(farText(step, ofSteps, history.stepsMs[step] ?? 0, Date.now() - startedMs));
        await kills.step(step, ofSteps);
      },
    });
    report('collecting bills and invoices');
    const made = await collect(clients, subscriptions);
    report('recomputing every line');
    const wanted = recomputeAll(history);
    const shown = previews.running.map(({ lines, ...of }) => {
      return { ...of, lines: toLines(lines, made.billed) };
    });
    const wantedInvoices = invoicesOf(wanted.bills, history);
    const recomputed = await recomputeInvoices(made.invoices.map(({ invoice }) => invoice));
    const fired = await alerts.compare();
    const asked = accesses.compare(wanted.accesses);
    const differences = [
      ...compareLines(wanted.bills, made.invoiced),
      ...compareInvoices(wantedInvoices, made.invoices),
      ...compareDocuments(history, wantedInvoices, made.invoices, credits.names),
      ...recomputed.differences,
      ...fired.differences,
      ...asked.differences,
      ...previews.differences,
      ...compareLines(wanted.previews.map(previewed), shown.map(previewed)),
      ...compareBalances(history, wanted.balances, credits.balances),
    ];
    const lines = made.invoiced.flatMap((invoice) => invoice.lines);
    const result = {
      ...{ seed, accounts, bills: made.bills, invoices: made.invoices.length, lines: lines.length },
      adjustments: lines.filter(({ kind }) => kind === 'ADJUSTMENT').length,
      recomputed: recomputed.count,
      kills: kills.done,
      previews: previews.count + shown.length,
      balances: credits.balances.length,
      alerts: fired.count,
      accesses: asked.count,
      differences: differences.length,
    };
    return { result, differences };
  } finally {
    close();
  }
}

/** What was shown of a running cycle, to be compared like a bill. */
function previewed({ subscription, step, lines }: ExpectedPreview) {
  return { subscription: `${subscription}, shown in step ${step}`, number: 0, lines };
}

/** How far it is: later steps take longer, as there is more to look at again. */
function farText(step: number, ofSteps: number, clockMs: number, tookMs: number): string {
  const minutes = (ms: number) => `${(ms / 60_000).toFixed(1)} min`;
  const left = step === 0 ? '' : `, about ${minutes((tookMs / step) * (ofSteps - step))} more`;
  const date = new Date(clockMs).toISOString().slice(0, 10);
  return `step ${step} of ${ofSteps}, ${date}: ${minutes(tookMs)}${left}`;
}

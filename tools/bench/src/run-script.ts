import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkoutFolder } from '@billingrails/stack';

/** A figure as the benches of the apps print them, one JSON object a line. */
export interface PrintedFigure {
  readonly name: string;
  readonly value: number;
  readonly unit: string;
  readonly baseline: number;
  readonly ratio: number;
  readonly [detail: string]: unknown;
}

/** Runs a bench that lies in an app, which alone may import its inside, and returns the figures it prints. */
export async function runScript(
  project: string,
  script: string,
  args: readonly string[],
): Promise<PrintedFigure[]> {
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...args], {
    cwd: join(checkoutFolder(), project),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const figures: PrintedFigure[] = [];
  createInterface(child.stdout).on('line', (line) => {
    if (line.startsWith('{')) figures.push(JSON.parse(line) as PrintedFigure);
  });
  const status = await new Promise((resolve) => child.once('close', resolve));
  if (status !== 0) throw new Error(`${project}/${script} ended with ${String(status)}`);
  return figures;
}

/** What a printed figure tells besides the usual, as far as it is a number or a text. */
export function detailsOf(printed: PrintedFigure): Record<string, number | string> {
  const usual = new Set(['name', 'value', 'unit', 'baseline', 'ratio']);
  return Object.fromEntries(
    Object.entries(printed).filter(
      (entry): entry is [string, number | string] =>
        !usual.has(entry[0]) && (typeof entry[1] === 'number' || typeof entry[1] === 'string'),
    ),
  );
}

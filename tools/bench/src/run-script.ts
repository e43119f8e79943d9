import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { checkoutFolder } from '@billingrails/stack';
import { tenths } from './statistics';

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
  nodeFlags: readonly string[] = [],
): Promise<PrintedFigure[]> {
  const child = spawn(process.execPath, [...nodeFlags, '--import', 'tsx', script, ...args], {
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

/** What a printed figure tells besides the usual, as far as it is a number or a text, also one level down. */
export function detailsOf(printed: PrintedFigure): Record<string, number | string> {
  const usual = new Set(['name', 'value', 'unit', 'baseline', 'ratio']);
  const further = Object.entries(printed).filter(([key]) => !usual.has(key));
  const flat = further.flatMap(([key, value]): [string, unknown][] =>
    typeof value === 'object' && value !== null
      ? Object.entries(value).map(([inner, one]) => [`${key} ${inner}`, one])
      : [[key, value]],
  );
  return Object.fromEntries(
    flat.flatMap(([key, value]): [string, number | string][] => {
      if (typeof value === 'number') return [[key, tenths(value)]];
      return typeof value === 'string' ? [[key, value]] : [];
    }),
  );
}

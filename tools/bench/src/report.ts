import Table from 'cli-table3';
import type { Measured } from './figure';
import type { Machine } from './machine';

const HEAD = ['Figure', 'Value', 'Unit', 'Baseline', 'Ratio', 'Reach', ''];

/** No line between rows. */
const compact = { mid: '', 'left-mid': '', 'mid-mid': '', 'right-mid': '' };

/** The table for people. */
export function tableOf(figures: readonly Measured[]): string {
  const table = new Table({
    head: HEAD,
    colAligns: ['left', 'right', 'left', 'right', 'right', 'left', 'left'],
    style: { head: [], border: [] },
    chars: compact,
  });
  table.push(...figures.map(cells));
  return table.toString();
}

/** One JSON line. */
export function lineOf({ name, value, unit, baseline, ratio, ...rest }: Measured): string {
  return JSON.stringify({ name, value, unit, baseline, ratio, ...rest });
}

/** The page docs/benchmarks.md. */
export function pageOf(figures: readonly Measured[], machine: Machine, command: string): string {
  const {
    processor,
    cores,
    memoryGib,
    platform,
    node,
    mongod,
    natsServer,
    loadAverage,
    commit,
    time,
  } = machine;
  const rows = [HEAD, HEAD.map(() => '---'), ...figures.map(cells)];
  const details = figures.map(
    ({ name, details }) =>
      `- **${name}**: ${Object.entries(details)
        .map(([key, value]) => `${key.replaceAll('_', ' ')} ${value}`)
        .join(', ')}`,
  );
  return `# Benchmarks

Written by \`${command}\`; do not edit. How it is measured, and what each baseline is:
[operations/benchmarking.md](operations/benchmarking.md).

Measured ${time} at commit ${commit} on ${processor}, ${cores} cores, ${memoryGib} GiB, ${platform}; Node ${node},
mongod ${mongod}, nats-server ${natsServer}; load average before: ${loadAverage}.

${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}

${details.join('\n')}
`;
}

function cells({ name, value, unit, baseline, ratio, reach, reached }: Measured): string[] {
  const shown = (number: number | null) => (number === null ? '–' : number.toLocaleString('en-US'));
  return [name, shown(value), unit, shown(baseline), shown(ratio), reach, reached ? 'ok' : 'NOT'];
}

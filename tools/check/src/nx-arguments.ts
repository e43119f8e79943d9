/** Whether this run is to judge a change for all, and not one person's next try: CI=true, or 1. */
export function isCi(env: Readonly<Record<string, string | undefined>>): boolean {
  return ['true', '1'].includes(env['CI'] ?? '');
}

/** Tests wait for servers much of their time: two projects at once leave less of two cores idle. */
const PARALLEL = 2;

/**
 * How Nx is asked to run targets in all projects that have them. Under CI no result of an earlier run is taken, neither
 * the checkout's nor the home folder's, so that what is reported green has run.
 */
export function nxArguments(targets: readonly string[], ci: boolean): string[] {
  return [
    'run-many',
    '-t',
    ...targets,
    `--parallel=${PARALLEL}`,
    '--output-style=static',
    ...(ci ? ['--skip-nx-cache'] : []),
  ];
}

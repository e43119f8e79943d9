import { SetupError } from '@billingrails/errors';
import { defaultReplicas, differencesOf, EVENTS, streamInfo } from './streams';
import type { Bus } from '../connect';

export interface DurabilityOptions {
  /** http://host:port of the server's monitoring, with commas between several. */
  readonly monitorUrl?: string;
}

const TIMEOUT_MS = 3_000;

/**
 * Checks that "acknowledged" means "on disk": the server's version, stream EVENTS, and, where the monitoring endpoint
 * lets it be seen, that every write is synced. Throws a SetupError that says what to change. What cannot be seen is
 * warned of in the log.
 */
export async function assertDurable(
  bus: Bus,
  { monitorUrl }: DurabilityOptions = {},
): Promise<void> {
  const { version = 'unknown' } = bus.connection.info ?? {};
  const problems: string[] = [];
  if (!isDurableVersion(version)) problems.push(versionProblem('The NATS server', version));
  problems.push(...(await streamProblems(bus)));
  for (const url of monitorUrl?.split(',') ?? []) {
    const node = await look(url.trim());
    if (node === undefined) warnUnseen(bus, `${url} does not answer`);
    else problems.push(...nodeProblems(url.trim(), node));
  }
  if (monitorUrl === undefined) warnUnseen(bus, 'NATS_MONITOR_URL is not set');
  if (problems.length > 0) {
    throw new SetupError(
      `Events could be lost after they were acknowledged. ${problems.join(' ')}`,
    );
  }
}

/** From 2.14.9, and on 2.15 from 2.15.1: earlier servers could lose synced messages in a power failure. */
export function isDurableVersion(version: string): boolean {
  const parts = /^v?(\d+)\.(\d+)\.(\d+)(-.+)?$/.exec(version);
  if (parts === null) return false;
  const [major = 0, minor = 0, patch = 0] = parts.slice(1, 4).map(Number);
  if (major !== 2) return major > 2;
  // A release candidate comes before its release.
  const final = parts[4] === undefined;
  if (minor === 14) return patch > 9 || (patch === 9 && final);
  if (minor === 15) return patch > 1 || (patch === 1 && final);
  return minor > 15;
}

function versionProblem(who: string, version: string): string {
  return `${who} is ${version}: use 2.14.9 or later, on 2.15 at least 2.15.1.`;
}

async function streamProblems(bus: Bus): Promise<string[]> {
  const info = await streamInfo(bus, EVENTS.name);
  if (info === undefined) return ['Stream EVENTS does not exist: let ensureStream make it.'];
  const differences = differencesOf(info.config, EVENTS.config);
  const { num_replicas } = info.config;
  const replicas = defaultReplicas(bus);
  if (num_replicas < replicas) {
    differences.push(`num_replicas is ${num_replicas}, must be at least ${replicas} on a cluster`);
  }
  if (differences.length === 0) return [];
  return [`Stream EVENTS: ${differences.join('; ')}; change it with \`nats stream edit EVENTS\`.`];
}

interface Node {
  readonly version: string;
  readonly syncAlways: boolean;
}

/** What a server's monitoring tells of itself; `undefined` when it doesn't answer as expected. */
async function look(url: string): Promise<Node | undefined> {
  try {
    const response = await fetch(new URL('/varz', url), {
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    const body: unknown = await response.json();
    const version = textAt(body, ['version']);
    if (version === undefined) return undefined;
    return { version, syncAlways: valueAt(body, ['jetstream', 'config', 'sync_always']) === true };
  } catch {
    return undefined;
  }
}

function nodeProblems(url: string, { version, syncAlways }: Node): string[] {
  const problems: string[] = [];
  if (!isDurableVersion(version)) problems.push(versionProblem(`The NATS server ${url}`, version));
  if (!syncAlways) {
    problems.push(
      `The NATS server ${url} acknowledges before it syncs: set \`jetstream { sync_interval: always }\`.`,
    );
  }
  return problems;
}

function warnUnseen(bus: Bus, reason: string): void {
  const advice = 'make sure of `jetstream { sync_interval: always }` on every NATS server';
  bus.logger.warn({ reason, advice }, 'cannot see whether NATS syncs every write');
}

function textAt(body: unknown, path: readonly string[]): string | undefined {
  const value = valueAt(body, path);
  return typeof value === 'string' ? value : undefined;
}

function valueAt(body: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (value, key) =>
      typeof value === 'object' && value !== null
        ? new Map<string, unknown>(Object.entries(value)).get(key)
        : undefined,
    body,
  );
}

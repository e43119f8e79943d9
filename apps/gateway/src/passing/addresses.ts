import { lookup } from 'node:dns/promises';

/** Where one replica listens: "10.0.0.1:7001" or "[::1]:7001". */
export type Address = string;

/** Finds the replicas of a service as they are now. Rejects when a name cannot be looked up. */
export type FindReplicas = () => Promise<readonly Address[]>;

/**
 * Reads "dns:///ingest:7001", with commas between several: all addresses behind each name. Throws a TypeError on
 * anything else.
 */
export function replicasAt(url: string): FindReplicas {
  const places = url
    .replace(/^dns:\/{2,3}/, '')
    .split(',')
    .map((place) => new URL(`http://${place.trim()}`))
    .map(({ hostname, port }) => ({ host: hostname.replace(/^\[|\]$/g, ''), port: port || '80' }));
  return async () => {
    const found = await Promise.all(
      places.map(async ({ host, port }) =>
        (await lookup(host, { all: true })).map(
          ({ address, family }) => `${family === 6 ? `[${address}]` : address}:${port}`,
        ),
      ),
    );
    return [...new Set(found.flat())];
  };
}

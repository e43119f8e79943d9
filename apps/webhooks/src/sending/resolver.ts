import { Resolver } from 'node:dns/promises';

/** The addresses of a host's name; throws what the DNS says where there are none. */
export type Resolve = (hostname: string) => Promise<readonly string[]>;

const TIMEOUT_MS = 2_000;
const TRIES = 2;

/**
 * Asks the DNS alone, on sockets of its own: names in the machine's files stand for nothing here, and a name whose
 * server hangs keeps no other waiting, as in the few threads that the system's own lookups share.
 */
export function createResolver(): Resolve {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  return async (hostname) => {
    const [four, six] = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    const addresses = [four, six].flatMap((each) =>
      each.status === 'fulfilled' ? each.value : [],
    );
    if (addresses.length === 0 && four.status === 'rejected') throw four.reason;
    return addresses;
  };
}

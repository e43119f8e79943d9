import { isIP, type LookupFunction } from 'node:net';
import { buildConnector } from 'undici';
import type { UrlRules } from '../endpoints/domain/endpoint';
import { isLoopback, isRefusedAddress } from './domain/addresses';
import type { Resolve } from './resolver';

/** A host has an address that is not public: nothing was connected to. */
export class AddressRefusedError extends Error {
  readonly code = 'ADDRESS_REFUSED';
  constructor() {
    super('The host has an address that is not public.');
  }
}

/** Resolves names, and what addresses are connected to. */
export interface ConnectorOptions {
  readonly resolve: Resolve;
  readonly rules: UrlRules;
  readonly timeoutMs: number;
}

/**
 * Connects to hosts of which every address is public. A name is resolved once a connection, and the connection goes to
 * the addresses that were looked at: there is no second question that could be answered otherwise. The name stays what
 * TLS asks for and checks.
 */
export function checkedConnector({
  resolve,
  rules,
  timeoutMs,
}: ConnectorOptions): buildConnector.connector {
  const isAllowed = (address: string): boolean =>
    isIP(address) !== 0 && (!isRefusedAddress(address) || (rules.loopback && isLoopback(address)));
  const lookup: LookupFunction = (hostname, { all }, callback) => {
    addressesOf(hostname, resolve).then(
      (addresses) => {
        const found = addresses.map((address) => ({ address, family: isIP(address) }));
        const [first] = found;
        if (first === undefined || !addresses.every(isAllowed))
          callback(new AddressRefusedError(), '', 0);
        else if (all === true) callback(null, found);
        else callback(null, first.address, first.family);
      },
      (error: unknown) => callback(error as NodeJS.ErrnoException, '', 0),
    );
  };
  const connect = buildConnector({ timeout: timeoutMs, lookup });
  return (options, callback) => {
    // An address is never looked up.
    if (isIP(options.hostname) !== 0 && !isAllowed(options.hostname))
      callback(new AddressRefusedError(), null);
    else connect(options, callback);
  };
}

/** This name belongs to no DNS (RFC 6761). */
async function addressesOf(hostname: string, resolve: Resolve): Promise<readonly string[]> {
  return isLoopback(hostname) ? ['127.0.0.1', '::1'] : await resolve(hostname);
}

import type { ConnectError } from '@connectrpc/connect';

/** Errors that came from another service. What they say is about our call to it, not about our caller's. */
const remote = new WeakSet<ConnectError>();

/** Marks an error as another service's answer, or as the failure to get one. */
export function markRemote(error: ConnectError): ConnectError {
  remote.add(error);
  return error;
}

/** Whether another service, or the way to it, made this error. */
export function isRemote(error: ConnectError): boolean {
  return remote.has(error);
}

import type { DomainError } from '@billingrails/errors';
import { domainErrorOf, isPassing } from '@billingrails/rpc';
import { ConnectError } from '@connectrpc/connect';

/**
 * Throws what a failed call of another service means to our caller: `away` where that cannot be asked just now, its
 * refusal where it is of the kind that is passed on, and else the failure itself.
 */
export function callFailed(
  passedOn: DomainError['kind'],
  away: (cause: ConnectError) => DomainError,
): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof ConnectError)) throw error;
    if (isPassing(error)) throw away(error);
    const refusal = domainErrorOf(error);
    throw refusal?.kind === passedOn ? refusal : error;
  };
}

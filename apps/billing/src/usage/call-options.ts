import type { OrganisationId } from '@billingrails/ids';
import { onBehalfOf } from '@billingrails/rpc';
import type { CallOptions } from '@connectrpc/connect';

/** How billing calls metering for an organisation. */
export function callOptions(
  organisationId: OrganisationId,
  timeoutMs: number,
  signal: AbortSignal | undefined,
): CallOptions {
  return { ...onBehalfOf(organisationId), timeoutMs, ...(signal === undefined ? {} : { signal }) };
}

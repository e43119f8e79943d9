import type { OrganisationId, WebhookEndpointId } from '@billingrails/ids';

/** What is on its way to one endpoint. */
export interface Queue {
  readonly endpointId: WebhookEndpointId;
  readonly organisationId: OrganisationId;
  /** 0 before the first. */
  readonly lastSequence: number;
  /** Grows whenever something is queued. */
  readonly queued: number;
  /** Turns one after the other of which nothing came through. */
  readonly failedTurns: number;
  /** When the first attempt failed since the last good one. Unset: the last was good. */
  readonly failingSinceMs?: number;
}

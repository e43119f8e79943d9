import { notFound, precondition } from '@billingrails/errors';
import { parseId, type IdSource, type OrganisationId } from '@billingrails/ids';
import type { ClientSession } from 'mongodb';
import type { Delivery } from './deliveries/domain/delivery';
import type { UrlRules } from './endpoints/domain/endpoint';
import type { OwnedEndpoint } from './endpoints/store/endpoints';
import type { Sealing } from '@billingrails/service';
import type { Stores } from './store/stores';

/** What the services of the contract are made of. */
export interface ServiceParts {
  readonly stores: Stores;
  readonly ids: IdSource;
  readonly sealing: Sealing;
  readonly rules: UrlRules;
  /** The types of events that there are. */
  readonly eventTypes: readonly string[];
  /** The server's clock. */
  readonly nowMs: () => number;
  /** Called when something was queued. */
  readonly onQueued: () => void;
}

/** Another organisation's endpoint looks exactly like none. */
export async function existingEndpoint(
  { endpoints }: Pick<Stores, 'endpoints'>,
  organisationId: OrganisationId,
  text: string,
  session?: ClientSession,
): Promise<OwnedEndpoint> {
  const id = parseId('whe', text);
  const found = id && (await endpoints.find(organisationId, id, session));
  if (found === undefined)
    throw notFound('WEBHOOK_ENDPOINT_NOT_FOUND', 'There is no such webhook endpoint.');
  return found;
}

/** Another organisation's delivery looks exactly like none. */
export async function existingDelivery(
  { deliveries }: Pick<Stores, 'deliveries'>,
  organisationId: OrganisationId,
  text: string,
  session?: ClientSession,
): Promise<Delivery> {
  const id = parseId('whd', text);
  const found = id && (await deliveries.find(organisationId, id, session));
  if (found === undefined)
    throw notFound('WEBHOOK_DELIVERY_NOT_FOUND', 'There is no such webhook delivery.');
  return found;
}

/** An endpoint that something can be sent to. */
export async function enabledEndpoint(
  ...args: Parameters<typeof existingEndpoint>
): Promise<OwnedEndpoint> {
  const endpoint = await existingEndpoint(...args);
  if (endpoint.disabled !== undefined)
    throw precondition('WEBHOOK_ENDPOINT_DISABLED', 'The webhook endpoint is disabled.');
  return endpoint;
}

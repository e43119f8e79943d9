import type { OrganisationId, WebhookEndpointId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { Slice } from '@billingrails/rpc';
import { Binary, type ClientSession, type Db } from 'mongodb';
import type { Endpoint, SealedSecret } from '../domain/endpoint';

interface SealedSecretDoc {
  number: number;
  sealed: Binary;
  createTime: Date;
  expireTime?: Date;
}

interface EndpointDoc extends Pick<Endpoint, 'url' | 'description' | 'payload'> {
  _id: WebhookEndpointId;
  organisationId: OrganisationId;
  eventTypes: string[];
  disabled?: { reason: NonNullable<Endpoint['disabled']>['reason']; time: Date };
  secrets: SealedSecretDoc[];
  createTime: Date;
}

/** An endpoint, and whose it is. */
export type OwnedEndpoint = Endpoint & { readonly organisationId: OrganisationId };

/** The collection `endpoints`: by organisation and id. What is on its way to them is in `queues`. */
export interface EndpointStore {
  find(
    organisationId: OrganisationId,
    id: WebhookEndpointId,
    session?: ClientSession,
  ): Promise<OwnedEndpoint | undefined>;
  list(organisationId: OrganisationId, slice: Slice): Promise<OwnedEndpoint[]>;
  /** All of several organisations. */
  ofOrganisations(
    organisationIds: readonly OrganisationId[],
    session?: ClientSession,
  ): Promise<OwnedEndpoint[]>;
  insert(endpoint: OwnedEndpoint, session: ClientSession): Promise<void>;
  replace(endpoint: OwnedEndpoint, session: ClientSession): Promise<void>;
  delete(
    organisationId: OrganisationId,
    id: WebhookEndpointId,
    session: ClientSession,
  ): Promise<void>;
}

const ENDPOINTS = 'endpoints';

/** Listed by id in their organisation. */
export const ENDPOINT_INDEXES = [
  { collection: ENDPOINTS, key: { organisationId: 1, _id: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the endpoints. */
export function endpointStore(db: Db): EndpointStore {
  const collection = db.collection<EndpointDoc>(ENDPOINTS);
  return {
    async find(organisationId, id, session) {
      const options = session === undefined ? {} : { session };
      const doc = await collection.findOne({ _id: id, organisationId }, options);
      return doc === null ? undefined : fromDoc(doc);
    },
    async list(organisationId, { afterId, limit }) {
      const filter = { organisationId, _id: { $gt: afterId as WebhookEndpointId } };
      const docs = await collection.find(filter).sort({ _id: 1 }).limit(limit).toArray();
      return docs.map(fromDoc);
    },
    async ofOrganisations(organisationIds, session) {
      const options = session === undefined ? {} : { session };
      const filter = { organisationId: { $in: [...organisationIds] } };
      return (await collection.find(filter, options).toArray()).map(fromDoc);
    },
    async insert(endpoint, session) {
      await collection.insertOne(toDoc(endpoint), { session });
    },
    async replace(endpoint, session) {
      const { id: _id, organisationId } = endpoint;
      await collection.replaceOne({ _id, organisationId }, toDoc(endpoint), { session });
    },
    async delete(organisationId, id, session) {
      await collection.deleteOne({ _id: id, organisationId }, { session });
    },
  };
}

function toDoc({
  id,
  disabled,
  secrets,
  createMs,
  eventTypes,
  ...rest
}: OwnedEndpoint): EndpointDoc {
  return {
    _id: id,
    ...rest,
    eventTypes: [...eventTypes],
    ...(disabled && { disabled: { reason: disabled.reason, time: dateOf(disabled.ms) } }),
    secrets: secrets.map(secretToDoc),
    createTime: dateOf(createMs),
  };
}

function fromDoc({ _id, disabled, secrets, createTime, ...rest }: EndpointDoc): OwnedEndpoint {
  return {
    id: _id,
    ...rest,
    ...(disabled && { disabled: { reason: disabled.reason, ms: msOf(disabled.time) } }),
    secrets: secrets.map(secretFromDoc),
    createMs: msOf(createTime),
  };
}

function secretToDoc({ number, sealed, createMs, expireMs }: SealedSecret): SealedSecretDoc {
  return {
    ...{ number, sealed: new Binary(sealed), createTime: dateOf(createMs) },
    ...(expireMs === undefined ? {} : { expireTime: dateOf(expireMs) }),
  };
}

function secretFromDoc({ number, sealed, createTime, expireTime }: SealedSecretDoc): SealedSecret {
  return {
    ...{ number, sealed: new Uint8Array(sealed.buffer), createMs: msOf(createTime) },
    ...(expireTime && { expireMs: msOf(expireTime) }),
  };
}

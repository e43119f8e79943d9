import type { OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Db } from 'mongodb';
import type { Connection } from '../domain/connection';

interface ConnectionDoc {
  _id: OrganisationId;
  providerAccountId: string;
  isLive: boolean;
  secretKey: Binary;
  webhookSecret: Binary;
  connectTime: Date;
}

/** The collection `provider_connections`: at most one an organisation, its keys sealed. */
export interface ConnectionStore {
  find(organisationId: OrganisationId, session?: ClientSession): Promise<Connection | undefined>;
  replace(connection: Connection, session: ClientSession): Promise<void>;
  delete(organisationId: OrganisationId, session: ClientSession): Promise<void>;
}

const CONNECTIONS = 'provider_connections';

/** Found by its `_id` only. */
export const CONNECTION_INDEXES = [
  { collection: CONNECTIONS },
] as const satisfies readonly IndexSpec[];

/** Opens the connections. */
export function connectionStore(db: Db): ConnectionStore {
  const collection = db.collection<ConnectionDoc>(CONNECTIONS);
  return {
    async find(organisationId, session) {
      const doc = await collection.findOne({ _id: organisationId }, session && { session });
      if (doc === null) return undefined;
      const { _id, secretKey, webhookSecret, connectTime, ...rest } = doc;
      return {
        organisationId: _id,
        ...rest,
        secretKey: secretKey.value(),
        webhookSecret: webhookSecret.value(),
        connectMs: msOf(connectTime),
      };
    },
    async replace({ organisationId, secretKey, webhookSecret, connectMs, ...rest }, session) {
      const doc = {
        ...rest,
        secretKey: new Binary(secretKey),
        webhookSecret: new Binary(webhookSecret),
        connectTime: dateOf(connectMs),
      };
      await collection.replaceOne({ _id: organisationId }, doc, { upsert: true, session });
    },
    async delete(organisationId, session) {
      await collection.deleteOne({ _id: organisationId }, { session });
    },
  };
}

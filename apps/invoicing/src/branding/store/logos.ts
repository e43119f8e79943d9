import type { LogoId, OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import { Binary, type ClientSession, type Db } from 'mongodb';
import { ownedKey, type OwnedKey } from '../../store/owned-key';
import type { Logo, LogoMediaType } from '../domain/logo';

interface LogoDoc {
  _id: OwnedKey<LogoId>;
  mediaType: LogoMediaType;
  width: number;
  height: number;
  content: Binary;
}

/** The collection `logos`: only added to, as invoices that bear one never change. */
export interface LogoStore {
  find(
    organisationId: OrganisationId,
    id: LogoId,
    session?: ClientSession,
  ): Promise<Logo | undefined>;
  /** One that is there already stays. */
  insert(organisationId: OrganisationId, logo: Logo, session: ClientSession): Promise<void>;
}

const LOGOS = 'logos';

/** Found by its `_id` only. */
export const LOGO_INDEXES = [{ collection: LOGOS }] as const satisfies readonly IndexSpec[];

/** Opens the logos. */
export function logoStore(db: Db): LogoStore {
  const collection = db.collection<LogoDoc>(LOGOS);
  return {
    async find(organisationId, id, session) {
      const filter = { _id: ownedKey(organisationId, id) };
      const doc = await collection.findOne(filter, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async insert(organisationId, { id, content, ...rest }, session) {
      const filter = { _id: ownedKey(organisationId, id) };
      const doc = { ...rest, content: new Binary(content) };
      await collection.updateOne(filter, { $setOnInsert: doc }, { upsert: true, session });
    },
  };
}

function fromDoc({ _id, content, ...rest }: LogoDoc): Logo {
  return { id: _id.id, ...rest, content: new Uint8Array(content.buffer) };
}

import type { OrganisationId } from '@billingrails/ids';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import {
  usageThresholdsFromDoc,
  usageThresholdsToDoc,
  type UsageThresholdsDoc,
} from '../../catalogue/store/usage-thresholds-doc';
import type { AdjustmentBilling, OwnSettings, SettingsOwner } from '../domain/billing-settings';

/** Whose they are. Accounts choose their ids, so that ids alone do not tell kinds apart. */
interface SettingsKey {
  organisationId: OrganisationId;
  kind: SettingsOwner['kind'];
  id: string;
}

interface SettingsDoc {
  _id: SettingsKey;
  /** Milliseconds. */
  grace?: number;
  adjustmentBilling?: AdjustmentBilling;
  usageThresholds?: UsageThresholdsDoc;
}

/** The collection `billing_settings`: read by its key. Who says nothing has no document, or an empty one. */
export interface BillingSettingsStore {
  /** What each of the owners says, in their order. */
  findMany(
    organisationId: OrganisationId,
    owners: readonly SettingsOwner[],
    session?: ClientSession,
  ): Promise<(OwnSettings | undefined)[]>;
  /** Whether changed usage has bills of its own anywhere in the organisation. */
  haveOwnBills(organisationId: OrganisationId): Promise<boolean>;
  replace(
    organisationId: OrganisationId,
    owner: SettingsOwner,
    settings: OwnSettings,
    session: ClientSession,
  ): Promise<void>;
}

export const BILLING_SETTINGS_INDEXES = [
  { collection: 'billing_settings', key: { '_id.organisationId': 1, adjustmentBilling: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the settings. */
export function billingSettingsStore(db: Db): BillingSettingsStore {
  const collection = db.collection<SettingsDoc>('billing_settings');
  return {
    async findMany(organisationId, owners, session) {
      const keys = owners.map((owner) => keyOf(organisationId, owner));
      const options = session === undefined ? {} : { session };
      const docs = await collection.find({ _id: { $in: keys } }, options).toArray();
      const found = new Map(docs.map((doc) => [textOf(doc._id), fromDoc(doc)]));
      return keys.map((key) => found.get(textOf(key)));
    },
    async haveOwnBills(organisationId) {
      const filter = { '_id.organisationId': organisationId, adjustmentBilling: 'own_bill' };
      const found = collection.findOne(filter as Filter<SettingsDoc>, { projection: { _id: 1 } });
      return (await found) !== null;
    },
    async replace(organisationId, owner, settings, session) {
      const _id = keyOf(organisationId, owner);
      const { graceMs, usageThresholds, ...rest } = settings;
      const doc = {
        ...rest,
        ...(graceMs === undefined ? {} : { grace: graceMs }),
        ...(usageThresholds && { usageThresholds: usageThresholdsToDoc(usageThresholds) }),
      };
      await collection.replaceOne({ _id }, doc, { upsert: true, session });
    },
  };
}

function keyOf(organisationId: OrganisationId, owner: SettingsOwner): SettingsKey {
  return { organisationId, kind: owner.kind, id: owner.kind === 'organisation' ? '' : owner.id };
}

function fromDoc({ _id, grace, usageThresholds, ...rest }: SettingsDoc): OwnSettings {
  return {
    ...rest,
    ...(grace === undefined ? {} : { graceMs: grace }),
    ...(usageThresholds && { usageThresholds: usageThresholdsFromDoc(usageThresholds) }),
  };
}

function textOf({ kind, id }: SettingsKey): string {
  return `${kind}/${id}`;
}

import { assert } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Money } from '@billingrails/money';
import type { IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import {
  effectiveSettings,
  type InvoicingSettings,
  type OwnSettings,
} from '../domain/invoicing-settings';

/** An organisation, or one of its accounts. */
export interface SettingsOwner {
  readonly organisationId: OrganisationId;
  /** Empty: the organisation itself. */
  readonly accountId: string;
}

type SettingsDoc = {
  _id: { organisationId: OrganisationId; accountId: string };
  /** Milliseconds. */
  finalizationGrace?: number;
  minimumAmounts?: { currencyCode: string; minorUnits: string }[];
} & Omit<OwnSettings, 'finalizationGraceMs' | 'minimumAmounts'>;

/** The collection `invoicing_settings`: read by its key. Who says nothing has no document, or an empty one. */
export interface InvoicingSettingsStore {
  findOwn(owner: SettingsOwner, session?: ClientSession): Promise<OwnSettings | undefined>;
  /** What holds for each of the owners, in their order. */
  effective(
    owners: readonly SettingsOwner[],
    session?: ClientSession,
  ): Promise<InvoicingSettings[]>;
  replace(owner: SettingsOwner, settings: OwnSettings, session: ClientSession): Promise<void>;
}

const INVOICING_SETTINGS = 'invoicing_settings';

/** Found by its `_id` only. */
export const INVOICING_SETTINGS_INDEXES = [
  { collection: INVOICING_SETTINGS },
] as const satisfies readonly IndexSpec[];

/** Opens the settings. */
export function invoicingSettingsStore(db: Db): InvoicingSettingsStore {
  const collection = db.collection<SettingsDoc>(INVOICING_SETTINGS);
  return {
    async findOwn(owner, session) {
      const doc = await collection.findOne({ _id: keyOf(owner) }, session && { session });
      return doc === null ? undefined : fromDoc(doc);
    },
    async effective(owners, session) {
      if (owners.length === 0) return [];
      const keys = new Map(owners.flatMap(withWider).map((owner) => [textOf(owner), keyOf(owner)]));
      const filter = { _id: { $in: [...keys.values()] } };
      const docs = await collection.find(filter, session && { session }).toArray();
      const found = new Map(docs.map((doc) => [textOf(doc._id), fromDoc(doc)]));
      return owners.map((owner) =>
        effectiveSettings(withWider(owner).map((each) => found.get(textOf(each)))),
      );
    },
    async replace(owner, settings, session) {
      await collection.replaceOne({ _id: keyOf(owner) }, toDoc(settings), {
        upsert: true,
        session,
      });
    },
  };
}

/** What holds for one owner. */
export async function effectiveFor(
  settings: InvoicingSettingsStore,
  owner: SettingsOwner,
  session?: ClientSession,
): Promise<InvoicingSettings> {
  const [effective] = await settings.effective([owner], session);
  assert(effective !== undefined, 'each owner has its settings');
  return effective;
}

/** From the narrowest on. */
function withWider(owner: SettingsOwner): SettingsOwner[] {
  return owner.accountId === '' ? [owner] : [owner, { ...owner, accountId: '' }];
}

/** The order of the fields is part of the key. */
function keyOf({ organisationId, accountId }: SettingsOwner): SettingsDoc['_id'] {
  return { organisationId, accountId };
}

function textOf({ organisationId, accountId }: SettingsOwner): string {
  return `${organisationId}/${accountId}`;
}

function toDoc({
  finalizationGraceMs,
  minimumAmounts,
  ...settings
}: OwnSettings): Omit<SettingsDoc, '_id'> {
  return {
    ...settings,
    ...(finalizationGraceMs === undefined ? {} : { finalizationGrace: finalizationGraceMs }),
    ...(minimumAmounts === undefined ? {} : { minimumAmounts: minimumAmounts.map(amountToDoc) }),
  };
}

function fromDoc({
  _id,
  finalizationGrace,
  minimumAmounts,
  ...settings
}: SettingsDoc): OwnSettings {
  return {
    ...settings,
    ...(finalizationGrace === undefined ? {} : { finalizationGraceMs: finalizationGrace }),
    ...(minimumAmounts === undefined
      ? {}
      : {
          minimumAmounts: minimumAmounts.map(({ currencyCode, minorUnits }) => ({
            ...{ currencyCode, minorUnits: BigInt(minorUnits) },
          })),
        }),
  };
}

function amountToDoc({ currencyCode, minorUnits }: Money) {
  return { currencyCode, minorUnits: minorUnits.toString() };
}

import type { AccountId, AlertId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { keyOf, type Key } from '../../store/resource-collection';
import type { AccessStop } from '../../accounts/domain/account';
import type { AccessVersionStore } from '../../entitlements/store/access-versions';

/** A stop in the document of its account, which whoever is asked for access reads anyhow. */
export interface AccessStopDoc {
  alertId: string;
  alertName: string;
  untilTime: Date;
}

interface StoppedDoc {
  _id: Key;
  accessStops?: AccessStopDoc[];
}

/** The field `accessStops` of the collection `accounts`. */
export interface AccessStopStore {
  /** Those of each account, also those that hold no longer. */
  ofAccounts(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
  ): Promise<Map<AccountId, readonly AccessStop[]>>;
  /** Puts an alert's stop in the place of the one before. Undefined: there is none any more. */
  set(
    organisationId: OrganisationId,
    of: { readonly accountId: AccountId; readonly alertId: AlertId },
    stop: AccessStop | undefined,
    session: ClientSession,
  ): Promise<void>;
  /** Takes away all of an alert. */
  remove(organisationId: OrganisationId, alertId: AlertId, session: ClientSession): Promise<void>;
}

const ACCOUNTS = 'accounts';

export const ACCESS_STOP_INDEXES = [
  { collection: ACCOUNTS, key: { '_id.organisationId': 1, 'accessStops.alertId': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the stops. */
export function accessStopStore(db: Db, accessVersions: AccessVersionStore): AccessStopStore {
  const collection = db.collection<StoppedDoc>(ACCOUNTS);
  return {
    async ofAccounts(organisationId, accountIds) {
      const keys = accountIds.map((id) => keyOf(organisationId, id));
      const projection = { accessStops: 1 } as const;
      const docs = await collection.find({ _id: { $in: keys } }, { projection }).toArray();
      return new Map(
        docs.map(({ _id, accessStops = [] }) => [
          _id.id as AccountId,
          accessStops.map(stopFromDoc),
        ]),
      );
    },
    async set(organisationId, { accountId, alertId }, stop, session) {
      const _id = keyOf(organisationId, accountId);
      await accessVersions.raise(organisationId, accountId, session);
      await collection.updateOne({ _id }, { $pull: { accessStops: { alertId } } }, { session });
      if (stop === undefined) return;
      const doc = { alertId, alertName: stop.alertName, untilTime: dateOf(stop.untilMs) };
      await collection.updateOne({ _id }, { $push: { accessStops: doc } }, { session });
    },
    async remove(organisationId, alertId, session) {
      const filter = { '_id.organisationId': organisationId, 'accessStops.alertId': alertId };
      const options = { session, projection: { _id: 1 } } as const;
      const found = await collection.find(filter as Filter<StoppedDoc>, options).toArray();
      for (const { _id } of found)
        await accessVersions.raise(organisationId, _id.id as AccountId, session);
      await collection.updateMany(
        filter as Filter<StoppedDoc>,
        { $pull: { accessStops: { alertId } } },
        { session },
      );
    },
  };
}

/** A stop as it was stored. */
export function stopFromDoc({ alertId, alertName, untilTime }: AccessStopDoc): AccessStop {
  return { alertId: alertId as AlertId, alertName, untilMs: msOf(untilTime) };
}

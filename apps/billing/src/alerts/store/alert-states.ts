import type { AccountId, AlertId, OrganisationId } from '@billingrails/ids';
import { periodFromDoc, periodToDoc, type IndexSpec, type PeriodDoc } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import type { AlertState, ThresholdState } from '../domain/firing';

interface StateKey {
  organisationId: OrganisationId;
  alertId: AlertId;
  accountId: AccountId;
}

interface StateDoc {
  _id: StateKey;
  period?: PeriodDoc;
  thresholds: { key: string; isArmed: boolean; fired: number }[];
  /** Rises with every change. */
  version: number;
}

/** A state as it was read: whoever changed it since is noticed. */
export interface ReadState extends AlertState {
  readonly version: number;
}

/** What is to be known of an account, if it is as it was read. */
export interface StateChange {
  readonly accountId: AccountId;
  /** Undefined: nothing was known. */
  readonly read: ReadState | undefined;
  readonly after: AlertState;
}

/** The collection `alert_states`: of an alert and an account, unless it follows from nothing being known. */
export interface AlertStateStore {
  findMany(
    organisationId: OrganisationId,
    alertId: AlertId,
    accountIds: readonly AccountId[],
    session?: ClientSession,
  ): Promise<Map<AccountId, ReadState>>;
  /** Of two transactions that change what was read as the same, only one goes through. */
  save(
    organisationId: OrganisationId,
    alertId: AlertId,
    changes: readonly StateChange[],
    session: ClientSession,
  ): Promise<void>;
  remove(organisationId: OrganisationId, alertId: AlertId, session: ClientSession): Promise<void>;
}

export const ALERT_STATE_INDEXES = [
  { collection: 'alert_states', key: { '_id.organisationId': 1, '_id.alertId': 1 } },
  { collection: 'alert_states', key: { '_id.organisationId': 1, '_id.accountId': 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the states. */
export function alertStateStore(db: Db): AlertStateStore {
  const collection = db.collection<StateDoc>('alert_states');
  return {
    async findMany(organisationId, alertId, accountIds, session) {
      const keys = accountIds.map((accountId) => ({ organisationId, alertId, accountId }));
      const options = session === undefined ? {} : { session };
      const docs = await collection.find({ _id: { $in: keys } }, options).toArray();
      return new Map(docs.map((doc) => [doc._id.accountId, fromDoc(doc)]));
    },
    async save(organisationId, alertId, changes, session) {
      if (changes.length === 0) return;
      await collection.bulkWrite(
        changes.map(({ accountId, read, after }) => ({
          replaceOne: {
            filter: { _id: { organisationId, alertId, accountId } },
            replacement: toDoc(after, (read?.version ?? 0) + 1),
            upsert: true,
          },
        })),
        { session, ordered: false },
      );
    },
    async remove(organisationId, alertId, session) {
      const filter = { '_id.organisationId': organisationId, '_id.alertId': alertId };
      await collection.deleteMany(filter, { session });
    },
  };
}

function toDoc({ period, thresholds }: AlertState, version: number): Omit<StateDoc, '_id'> {
  return {
    ...(period === undefined ? {} : { period: periodToDoc(period) }),
    thresholds: [...thresholds].map(([key, { isArmed, fired }]) => ({ key, isArmed, fired })),
    version,
  };
}

function fromDoc({ period, thresholds, version }: StateDoc): ReadState {
  const states = thresholds.map(({ key, ...state }): [string, ThresholdState] => [key, state]);
  return {
    ...(period === undefined ? {} : { period: periodFromDoc(period) }),
    thresholds: new Map(states),
    version,
  };
}

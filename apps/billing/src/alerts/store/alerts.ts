import type {
  AccountId,
  AlertId,
  CreditUnitId,
  FeatureId,
  OrganisationId,
} from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db, Filter } from 'mongodb';
import { meterProfileFromDoc, type MeterProfileDoc } from '../../catalogue/store/fee-doc';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import type {
  Alert,
  AlertDirection,
  AlertFigure,
  AlertPeriod,
  AlertThreshold,
} from '../domain/alert';

interface AlertDoc {
  _id: Key;
  name: string;
  accountId?: string;
  figure: FigureDoc;
  thresholds: ThresholdDoc[];
  eventNames?: string[];
  createTime: Date;
  /** When all its accounts are looked at next, in real time. */
  lookTime: Date;
}

type FigureDoc =
  | { kind: 'usage'; meterProfile: MeterProfileDoc; period: AlertPeriod }
  | { kind: 'spend' | 'forecast'; currencyCode: string; includeChildren: boolean }
  | { kind: 'credit_balance'; creditUnitId: string }
  | { kind: 'limit_share'; featureId: string; featureCode: string };

/** A threshold as it is stored. */
export interface ThresholdDoc {
  value: string;
  direction: AlertDirection;
  stopsAccess?: true;
}

/** An alert, and whose it is. */
export interface OwnedAlert {
  readonly organisationId: OrganisationId;
  readonly alert: Alert;
}

/** The collection `alerts`: read by its key, listed by id, and found when its accounts are to be looked at. */
export interface AlertStore extends ResourceCollection<Alert, AlertDoc> {
  /** All of these organisations'. */
  ofOrganisations(ids: readonly OrganisationId[]): Promise<OwnedAlert[]>;
  /** Replaces the name and the thresholds, and lets its accounts be looked at. */
  update(organisationId: OrganisationId, alert: Alert, session: ClientSession): Promise<void>;
  remove(organisationId: OrganisationId, id: AlertId, session: ClientSession): Promise<void>;
  /** Takes the one whose accounts are to be looked at first, until then; undefined where none is due. */
  take(nowMs: number, untilMs: number): Promise<OwnedAlert | undefined>;
  /** When its accounts are to be looked at again. */
  lookAgain(organisationId: OrganisationId, id: AlertId, atMs: number): Promise<void>;
  /** Lets the accounts of all the organisation's be looked at. */
  lookAtAll(organisationId: OrganisationId): Promise<void>;
}

const ALERTS = 'alerts';

/** What is due first. */
export const ALERT_INDEXES = [
  { collection: ALERTS, key: { lookTime: 1 } },
  { collection: ALERTS, key: { '_id.organisationId': 1 } },
] as const satisfies readonly IndexSpec[];

/** Due since ever. */
const AT_ONCE = dateOf(0);

/** Opens the alerts. */
export function alertStore(db: Db): AlertStore {
  const base = resourceCollection(db, ALERTS, toDoc, fromDoc);
  const { collection } = base;
  return {
    ...base,
    async ofOrganisations(ids) {
      const filter = { '_id.organisationId': { $in: [...ids] } } as Filter<AlertDoc>;
      return (await collection.find(filter).toArray()).map(owned);
    },
    async update(organisationId, { id, name, thresholds }, session) {
      const set = { name, thresholds: thresholds.map(thresholdToDoc), lookTime: AT_ONCE };
      await collection.updateOne({ _id: keyOf(organisationId, id) }, { $set: set }, { session });
    },
    async remove(organisationId, id, session) {
      await collection.deleteOne({ _id: keyOf(organisationId, id) }, { session });
    },
    async take(nowMs, untilMs) {
      const filter = { lookTime: { $lte: dateOf(nowMs) } };
      const update = { $set: { lookTime: dateOf(untilMs) } };
      const found = await collection.findOneAndUpdate(filter, update, { sort: { lookTime: 1 } });
      return found === null ? undefined : owned(found as AlertDoc);
    },
    async lookAgain(organisationId, id, atMs) {
      // Whoever wants it sooner has said so meanwhile.
      await collection.updateOne(
        { _id: keyOf(organisationId, id), lookTime: { $ne: AT_ONCE } },
        { $set: { lookTime: dateOf(atMs) } },
      );
    },
    async lookAtAll(organisationId) {
      const filter = { '_id.organisationId': organisationId } as Filter<AlertDoc>;
      await collection.updateMany(filter, { $set: { lookTime: AT_ONCE } });
    },
  };
}

function owned(doc: AlertDoc): OwnedAlert {
  return { organisationId: doc._id.organisationId, alert: fromDoc(doc) };
}

function toDoc(organisationId: OrganisationId, alert: Alert): AlertDoc {
  const { id, name, accountId, figure, thresholds, eventNames, createMs } = alert;
  return {
    _id: keyOf(organisationId, id),
    name,
    ...(accountId === undefined ? {} : { accountId }),
    figure:
      figure.kind === 'usage' ? { ...figure, meterProfile: { ...figure.meterProfile } } : figure,
    thresholds: thresholds.map(thresholdToDoc),
    ...(eventNames === undefined ? {} : { eventNames: [...eventNames] }),
    createTime: dateOf(createMs),
    lookTime: AT_ONCE,
  };
}

function fromDoc({ _id, name, accountId, figure, ...doc }: AlertDoc): Alert {
  const { thresholds, eventNames, createTime } = doc;
  return {
    id: _id.id as AlertId,
    name,
    ...(accountId === undefined ? {} : { accountId: accountId as AccountId }),
    figure: figureFromDoc(figure),
    thresholds: thresholds.map(thresholdFromDoc),
    ...(eventNames === undefined ? {} : { eventNames }),
    createMs: msOf(createTime),
  };
}

function figureFromDoc(figure: FigureDoc): AlertFigure {
  switch (figure.kind) {
    case 'usage':
      return { ...figure, meterProfile: meterProfileFromDoc(figure.meterProfile) };
    case 'spend':
    case 'forecast':
      return figure;
    case 'credit_balance':
      return { ...figure, creditUnitId: figure.creditUnitId as CreditUnitId };
    case 'limit_share':
      return { ...figure, featureId: figure.featureId as FeatureId };
  }
}

/** A threshold as it is stored. */
export function thresholdToDoc({ value, direction, stopsAccess }: AlertThreshold): ThresholdDoc {
  return {
    value: decimalText(value),
    direction,
    ...(stopsAccess ? { stopsAccess: true as const } : {}),
  };
}

/** A threshold as it was stored. */
export function thresholdFromDoc({ value, direction, stopsAccess }: ThresholdDoc): AlertThreshold {
  return { value: decimal(value), direction, stopsAccess: stopsAccess === true };
}

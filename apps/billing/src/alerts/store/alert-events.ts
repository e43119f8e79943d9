import type { AccountId, AlertEventId, AlertId, OrganisationId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import {
  dateOf,
  msOf,
  periodFromDoc,
  periodToDoc,
  type IndexSpec,
  type PeriodDoc,
} from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import {
  keyOf,
  resourceCollection,
  type Key,
  type ResourceCollection,
} from '../../store/resource-collection';
import type { AlertEvent } from '../domain/alert';
import { thresholdFromDoc, thresholdToDoc, type ThresholdDoc } from './alerts';

interface AlertEventDoc {
  _id: Key;
  alertId: string;
  alertName: string;
  accountId: string;
  threshold: ThresholdDoc;
  value: string;
  period?: PeriodDoc;
  occurrence: number;
  createTime: Date;
}

/** The collection `alert_events`: only added to; listed by id, of an alert or all. */
export interface AlertEventStore extends ResourceCollection<AlertEvent, AlertEventDoc> {
  insertMany(
    organisationId: OrganisationId,
    events: readonly AlertEvent[],
    session: ClientSession,
  ): Promise<void>;
}

const ALERT_EVENTS = 'alert_events';

/** An alert's events are listed oldest first, and found by account. */
export const ALERT_EVENT_INDEXES = [
  { collection: ALERT_EVENTS, key: { '_id.organisationId': 1, alertId: 1, '_id.id': 1 } },
  { collection: ALERT_EVENTS, key: { '_id.organisationId': 1, accountId: 1 } },
] as const satisfies readonly IndexSpec[];

/** Opens the events. */
export function alertEventStore(db: Db): AlertEventStore {
  const base = resourceCollection(db, ALERT_EVENTS, toDoc, fromDoc);
  return {
    ...base,
    async insertMany(organisationId, events, session) {
      if (events.length === 0) return;
      const docs = events.map((event) => toDoc(organisationId, event));
      await base.collection.insertMany(docs, { session });
    },
  };
}

function toDoc(organisationId: OrganisationId, event: AlertEvent): AlertEventDoc {
  const { id, alertId, alertName, accountId, threshold, value, period, occurrence, createMs } =
    event;
  return {
    _id: keyOf(organisationId, id),
    ...{ alertId, alertName, accountId, threshold: thresholdToDoc(threshold) },
    value: decimalText(value),
    ...(period === undefined ? {} : { period: periodToDoc(period) }),
    occurrence,
    createTime: dateOf(createMs),
  };
}

function fromDoc({ _id, alertId, accountId, threshold, ...doc }: AlertEventDoc): AlertEvent {
  const { alertName, value, period, occurrence, createTime } = doc;
  return {
    id: _id.id as AlertEventId,
    alertId: alertId as AlertId,
    accountId: accountId as AccountId,
    ...{ alertName, occurrence, threshold: thresholdFromDoc(threshold) },
    value: decimal(value),
    ...(period === undefined ? {} : { period: periodFromDoc(period) }),
    createMs: msOf(createTime),
  };
}

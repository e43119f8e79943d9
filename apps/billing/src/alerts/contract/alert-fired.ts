import { create, toBinary } from '@bufbuild/protobuf';
import { objectChanged } from '@billingrails/bus';
import { AlertEventSchema } from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import { AlertFiredSchema } from '@billingrails/contracts/billingrails/bus/v1/alert_fired_pb';
import type { OrganisationId } from '@billingrails/ids';
import { decimalText } from '@billingrails/money';
import type { OutboxMessage } from '@billingrails/mongo';
import { toTimestamp } from '@billingrails/rpc';
import { periodToProto } from '../../contract/period';
import type { Alert, AlertEvent } from '../domain/alert';
import { alertEventToProto } from './alert';

/** The subject that alerts which fire travel on. */
const ALERT_FIRED_SUBJECT = 'billing.alert_fired';

/** The message that tells of an event of the alert. */
export function alertFiredMessage(
  organisationId: OrganisationId,
  { figure }: Alert,
  event: AlertEvent,
): OutboxMessage {
  const { id, alertId, alertName, accountId, threshold, period, occurrence, createMs } = event;
  const message = create(AlertFiredSchema, {
    ...{ organisationId, alertEventId: id, alertId, alertName, accountId, occurrence },
    figure: figure.kind,
    currencyCode: 'currencyCode' in figure ? figure.currencyCode : '',
    threshold: decimalText(threshold.value),
    direction: threshold.direction,
    value: decimalText(event.value),
    stopsAccess: threshold.stopsAccess,
    ...(period === undefined ? {} : { period: periodToProto(period) }),
    createTime: toTimestamp(createMs),
  });
  return { id, subject: ALERT_FIRED_SUBJECT, data: toBinary(AlertFiredSchema, message) };
}

/** The message that tells customers of it. */
export function alertFiredChange(
  organisationId: OrganisationId,
  event: AlertEvent,
  of: { readonly isTest: boolean; readonly createMs: number },
): OutboxMessage {
  const { id: objectId, accountId, createMs: occurMs } = event;
  return objectChanged({
    ...{ ...of, type: 'alert.fired', organisationId, accountId, objectId, occurMs },
    schema: AlertEventSchema,
    object: alertEventToProto(event),
  });
}

import { partitionOf } from '@billingrails/bus';
import type { EventCorrection } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { isAccountId, parseId } from '@billingrails/ids';
import { eventOf, isInstant, type LanePlace } from '../../events/contract/decode-event';
import type { StreamPlace } from '../../events/domain/event';
import type { Correction } from '../domain/correction';

/** The correction, or what is wrong with it, beginning with the field. */
export function correctionOf(
  { amended, ...message }: EventCorrection,
  place: StreamPlace,
  lane: LanePlace,
): Correction | string {
  const organisationId = parseId('org', message.organisationId);
  const { accountId, idempotencyKey: key, correctionId: id, reason } = message;
  const receiveTimeMs = Number(message.receiveTimeMs);
  if (organisationId === undefined) return 'organisation_id is not one';
  if (!isAccountId(accountId)) return 'account_id is not one';
  if (key === '') return 'idempotency_key is empty';
  if (id === '') return 'correction_id is empty';
  if (!isInstant(receiveTimeMs)) return 'receive_time_ms is out of range';
  if (partitionOf(organisationId, accountId, lane.partitionCount) !== lane.partition) {
    return `account_id belongs to another partition than ${lane.partition}`;
  }
  const correction = { id, organisationId, accountId, key, place, receiveTimeMs, reason };
  if (amended === undefined) return { ...correction, amended: undefined };
  const times = {
    timestampMs: Number(amended.timestampMs),
    receiveTimeMs: Number(amended.receiveTimeMs),
  };
  const event = eventOf({ ...amended, ...times }, lane);
  if (typeof event === 'string') return `amended.${event}`;
  if (event.organisationId !== organisationId) return 'amended.organisation_id is another';
  if (event.accountId !== accountId) return 'amended.account_id is another';
  if (event.key !== key) return 'amended.idempotency_key is another';
  return { ...correction, amended: event };
}

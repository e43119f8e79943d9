import { fromBinary, type MessageInitShape } from '@bufbuild/protobuf';
import {
  AuditActorKind,
  AuditOutcome,
  type AuditRecordSchema,
} from '@billingrails/contracts/billingrails/access/v1/audit_pb';
import { AuditRecordedSchema } from '@billingrails/contracts/billingrails/bus/v1/audit_recorded_pb';
import { parseId } from '@billingrails/ids';
import { fromTimestamp, toTimestamp } from '@billingrails/rpc';
import type { AuditRecord, RecordedAction } from '../domain/audit-record';

const KINDS = {
  organisation: AuditActorKind.ORGANISATION,
  service: AuditActorKind.SERVICE,
} as const;
const OUTCOMES = { done: AuditOutcome.DONE, refused: AuditOutcome.REFUSED } as const;

/** What a message of stream AUDIT tells. Throws an Error when it cannot be read: that is a fault, and will not pass. */
export function actionFromMessage(data: Uint8Array): RecordedAction {
  const { record } = fromBinary(AuditRecordedSchema, data);
  const organisationId = parseId('org', record?.organisationId ?? '');
  if (record?.time === undefined || organisationId === undefined || record.id === '')
    throw new Error('An audit message names no organisation, time or id.');
  const { keyId = '', kind, address = '', forwardedFor = '' } = record.actor ?? {};
  return {
    ...{ id: record.id, organisationId },
    timeMs: fromTimestamp(record.time, 'time'),
    outcome: record.outcome === AuditOutcome.REFUSED ? 'refused' : 'done',
    actor: {
      ...{ keyId, address, forwardedFor },
      kind: kind === AuditActorKind.SERVICE ? 'service' : 'organisation',
    },
    ...{ method: record.method, requestId: record.requestId },
    ...{ objectType: record.objectType, objectId: record.objectId },
    requestJson: record.requestJson,
    beforeJson: record.beforeJson,
    afterJson: record.afterJson,
  };
}

/** A record as it is answered. */
export function auditRecordToProto({
  timeMs,
  sequence,
  outcome,
  actor,
  ...rest
}: AuditRecord): MessageInitShape<typeof AuditRecordSchema> {
  return {
    ...rest,
    sequence: BigInt(sequence),
    time: toTimestamp(timeMs),
    outcome: OUTCOMES[outcome],
    actor: { ...actor, kind: KINDS[actor.kind] },
  };
}

import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  AuditFault,
  type AuditService,
  type ListAuditRecordsRequest,
  type VerifyAuditResponseSchema,
} from '@billingrails/contracts/billingrails/access/v1/audit_service_pb';
import { notFound } from '@billingrails/errors';
import {
  decodePageToken,
  encodePageToken,
  fromTimestamp,
  pageSize,
  principalOf,
} from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { auditRecordToProto } from '../contract/audit-record';
import type { AuditRecord } from '../domain/audit-record';
import type { AuditFilter, AuditPlace } from '../store/audit-records';
import type { AuditStores } from '../store/stores';
import { verifyAudit, type Verified } from '../use-cases/verify-audit';

/** Where a list goes on. */
const position = z.strictObject({ timeMs: z.int(), sequence: z.int().min(1) });

const EXPORT_MAX = 1_000;
/** An answer holds records of about so many characters, and one at least. */
const CHARACTERS_MAX = 2_000_000;
const PROGRESS_MS = 1_000;

const FAULTS = {
  missing: AuditFault.MISSING,
  altered: AuditFault.ALTERED,
  not_anchored: AuditFault.NOT_ANCHORED,
} as const;

/** Shows the audit log of the caller's organisation. `steadyMs` tells when progress is due. */
export function auditService(
  stores: AuditStores,
  steadyMs: () => number,
): ServiceImpl<typeof AuditService> {
  const { records } = stores;
  return {
    async getAuditRecord({ auditRecordId }, context) {
      const { organisationId } = principalOf(context);
      const record = await records.find(organisationId, auditRecordId);
      if (record === undefined)
        throw notFound('AUDIT_RECORD_NOT_FOUND', 'There is no audit record of that id.');
      return { auditRecord: auditRecordToProto(record) };
    },

    async listAuditRecords(request, context) {
      const { organisationId } = principalOf(context);
      const limit = pageSize(request.pageSize);
      const { pageToken } = request;
      const found = await records.list(organisationId, filterOf(request), {
        ...(pageToken !== '' && { after: decodePageToken(pageToken, position) }),
        limit: limit + 1,
      });
      const shown = fitting(found.slice(0, limit));
      const last = shown.at(-1);
      const isMore = last !== undefined && shown.length < found.length;
      return {
        auditRecords: shown.map(auditRecordToProto),
        nextPageToken: isMore ? encodePageToken(placeOf(last)) : '',
      };
    },

    async exportAuditRecords({ afterSequence, pageSize: asked }, context) {
      const { organisationId } = principalOf(context);
      const found = await records.chain(organisationId, {
        afterSequence: Number(afterSequence),
        limit: Math.min(asked === 0 ? EXPORT_MAX : asked, EXPORT_MAX),
      });
      return { auditRecords: fitting(found).map(auditRecordToProto) };
    },

    async *verifyAudit({ anchor }, context) {
      const { organisationId } = principalOf(context);
      const kept = anchor && { sequence: Number(anchor.sequence), hash: anchor.hash };
      let toldMs = steadyMs();
      const isDue = (): boolean => {
        if (steadyMs() - toldMs < PROGRESS_MS) return false;
        toldMs = steadyMs();
        return true;
      };
      const options = { anchor: kept, isDue, signal: context.signal };
      for await (const verified of verifyAudit(stores, organisationId, options))
        yield verifiedToProto(verified);
    },
  };
}

function filterOf(request: ListAuditRecordsRequest): AuditFilter {
  const { startTime, endTime, keyId, method, objectId } = request;
  return {
    ...(startTime && { startMs: fromTimestamp(startTime, 'start_time') }),
    ...(endTime && { endMs: fromTimestamp(endTime, 'end_time') }),
    ...(keyId !== '' && { keyId }),
    ...(method !== '' && { method }),
    ...(objectId !== '' && { objectId }),
  };
}

function placeOf({ timeMs, sequence }: AuditRecord): AuditPlace {
  return { timeMs, sequence };
}

/** As many as fit into an answer. */
function fitting(records: readonly AuditRecord[]): readonly AuditRecord[] {
  let characters = 0;
  const end = records.findIndex(({ requestJson, beforeJson, afterJson }, index) => {
    characters += requestJson.length + beforeJson.length + afterJson.length;
    return index > 0 && characters > CHARACTERS_MAX;
  });
  return end === -1 ? records : records.slice(0, end);
}

function verifiedToProto({
  verified,
  total,
  verdict,
}: Verified): MessageInitShape<typeof VerifyAuditResponseSchema> {
  const { fault } = verdict ?? {};
  const counts = { verifiedCount: BigInt(verified.sequence), totalCount: BigInt(total) };
  if (verdict === undefined) return counts;
  return {
    ...counts,
    verdict: {
      whole: fault === undefined,
      ...(fault && { firstAlteredSequence: BigInt(fault.sequence), fault: FAULTS[fault.kind] }),
      lastHash: verified.sequence === 0 ? '' : verified.hash,
    },
  };
}

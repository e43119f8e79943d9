import { createHash } from 'node:crypto';
import type { AuditRecord, ChainHead, RecordedAction } from './audit-record';

/** What the first record has in the place of a hash before it. */
const NO_HASH = '0'.repeat(64);

/** Before the first record. */
export const EMPTY_CHAIN: ChainHead = { sequence: 0, hash: NO_HASH };

const OUTCOMES = { done: 'AUDIT_OUTCOME_DONE', refused: 'AUDIT_OUTCOME_REFUSED' } as const;
const KINDS = {
  organisation: 'AUDIT_ACTOR_KIND_ORGANISATION',
  service: 'AUDIT_ACTOR_KIND_SERVICE',
} as const;

/**
 * The text that a record's hash is computed over: the record as the API answers it in JSON, but for `hash`, with the
 * names of every object in order and no space between; what is empty is left out. Never to be changed: records are
 * kept for good. docs/audit.md tells it to those who verify without us.
 */
export function canonicalText(record: Omit<AuditRecord, 'hash'>): string {
  const { actor } = record;
  return JSON.stringify({
    actor: given({
      address: actor.address,
      forwarded_for: actor.forwardedFor,
      key_id: actor.keyId,
      kind: KINDS[actor.kind],
    }),
    ...given({
      after_json: record.afterJson,
      before_json: record.beforeJson,
      id: record.id,
      method: record.method,
      object_id: record.objectId,
      object_type: record.objectType,
      organisation_id: record.organisationId,
      outcome: OUTCOMES[record.outcome],
      previous_hash: record.previousHash,
      request_id: record.requestId,
      request_json: record.requestJson,
      sequence: String(record.sequence),
      time: timeText(record.timeMs),
    }),
  });
}

/** SHA-256 over the canonical text in UTF-8, in hex. */
export function hashOf(record: Omit<AuditRecord, 'hash'>): string {
  return createHash('sha256').update(canonicalText(record)).digest('hex');
}

/** The records that continue a chain with these actions, in their order. */
export function continueChain(
  head: ChainHead,
  actions: readonly RecordedAction[],
): { readonly records: readonly AuditRecord[]; readonly head: ChainHead } {
  let last = head;
  const records = actions.map((action) => {
    const placed = { ...action, sequence: last.sequence + 1, previousHash: last.hash };
    const record = { ...placed, hash: hashOf(placed) };
    last = { sequence: record.sequence, hash: record.hash };
    return record;
  });
  return { records, head: last };
}

/** As the API answers it: without a fraction where there is none. */
function timeText(ms: number): string {
  return new Date(ms).toISOString().replace('.000Z', 'Z');
}

function given(fields: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, text]) => text !== ''));
}

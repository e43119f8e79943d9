import type { IndexSpec, Mongo } from '@billingrails/mongo';
import { AUDIT_RECORD_INDEXES, auditRecordStore, type AuditRecordStore } from './audit-records';
import { CHAIN_HEAD_INDEXES, chainHeadStore, type ChainHeadStore } from './chain-heads';

/** What the audit log is kept in. */
export interface AuditStores {
  readonly mongo: Mongo;
  readonly records: AuditRecordStore;
  readonly heads: ChainHeadStore;
}

/** What must exist before the stores are used. */
export const AUDIT_INDEXES: readonly IndexSpec[] = [...AUDIT_RECORD_INDEXES, ...CHAIN_HEAD_INDEXES];

/** Opens the stores. */
export function openAuditStores(mongo: Mongo): AuditStores {
  return { mongo, records: auditRecordStore(mongo.db), heads: chainHeadStore(mongo.db) };
}

export { auditRecorded, auditRefused, nameOf, newRecordId, recordIdOf } from './audit-recorded';
export type {
  AuditCaller,
  AuditedCall,
  AuditMessage,
  RefusedCall,
  ShownObject,
} from './audit-recorded';
export { changedType, objectNamed } from './audited-object';

import type { Requests } from '../story';

/** The audit log, last. */
export const auditRequests: Requests = {
  'AuditService.ListAuditRecords': () => ({ page_size: 1_000 }),
  'AuditService.GetAuditRecord': (world) => ({ audit_record_id: world.auditRecord }),
  'AuditService.ExportAuditRecords': () => ({}),
  'AuditService.VerifyAudit': () => ({}),
};

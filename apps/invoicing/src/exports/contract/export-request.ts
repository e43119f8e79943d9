import { toJsonString } from '@bufbuild/protobuf';
import {
  ExportDataset,
  ExportRequestSchema,
  type ExportRequest,
} from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { assert, invalid } from '@billingrails/errors';
import { fromTimestamp } from '@billingrails/rpc';
import type { PaymentStatus } from '../../receivables/domain/receivable';
import { paymentStatusFromProto } from '../../receivables/contract/receivable';

/** What can be exported. */
export type Dataset =
  | 'invoices'
  | 'invoice_lines'
  | 'credit_notes'
  | 'credit_note_lines'
  | 'payments'
  | 'payment_allocations'
  | 'focus_costs';

const DATASETS: Record<Exclude<ExportDataset, ExportDataset.UNSPECIFIED>, Dataset> = {
  [ExportDataset.INVOICES]: 'invoices',
  [ExportDataset.INVOICE_LINES]: 'invoice_lines',
  [ExportDataset.CREDIT_NOTES]: 'credit_notes',
  [ExportDataset.CREDIT_NOTE_LINES]: 'credit_note_lines',
  [ExportDataset.PAYMENTS]: 'payments',
  [ExportDataset.PAYMENT_ALLOCATIONS]: 'payment_allocations',
  [ExportDataset.FOCUS_COSTS]: 'focus_costs',
};

/** The contract lets none through that is unspecified. */
export function datasetOf({ dataset }: ExportRequest): Dataset {
  assert(dataset !== ExportDataset.UNSPECIFIED, 'the contract requires a dataset');
  return DATASETS[dataset];
}

/** What of it. */
export interface ExportQuery {
  readonly startMs?: number;
  readonly endMs?: number;
  readonly accountId?: string;
  /** Unset: whatever it is. */
  readonly paymentStatuses?: ReadonlySet<PaymentStatus>;
  readonly includeTest: boolean;
}

/** Of which payment statuses mean something. */
const WITH_STATUSES: ReadonlySet<ExportDataset> = new Set([
  ExportDataset.INVOICES,
  ExportDataset.INVOICE_LINES,
  ExportDataset.FOCUS_COSTS,
]);

/** Throws DomainError invalid where the request contradicts itself. */
export function queryOf(request: ExportRequest): ExportQuery {
  const { startTime, endTime, accountId, dataset, includeTest } = request;
  const startMs = startTime && fromTimestamp(startTime, 'start_time');
  const endMs = endTime && fromTimestamp(endTime, 'end_time');
  const statuses = request.paymentStatuses.flatMap((each) => paymentStatusFromProto(each) ?? []);
  const violations = [
    ...(startMs !== undefined && endMs !== undefined && startMs >= endMs
      ? [{ field: 'end_time', description: 'must be after start_time' }]
      : []),
    ...(statuses.length > 0 && !WITH_STATUSES.has(dataset)
      ? [
          {
            field: 'payment_statuses',
            description: 'must be empty: only invoices and their lines and costs have one',
          },
        ]
      : []),
  ];
  if (violations.length > 0)
    throw invalid('EXPORT_INVALID', 'The export cannot be made as asked.', violations);
  return {
    ...(startMs === undefined ? {} : { startMs }),
    ...(endMs === undefined ? {} : { endMs }),
    ...(accountId === '' ? {} : { accountId }),
    ...(statuses.length === 0 ? {} : { paymentStatuses: new Set(statuses) }),
    includeTest,
  };
}

/** All that a request says but for where it goes on. */
export function requestKey(request: ExportRequest): string {
  return toJsonString(ExportRequestSchema, { ...request, cursor: '' });
}

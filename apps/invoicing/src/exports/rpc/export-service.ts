import type { ExportService } from '@billingrails/contracts/billingrails/invoicing/v1/export_service_pb';
import { exportParts, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { datasetOf, queryOf, requestKey } from '../contract/export-request';
import { DATASETS } from '../use-cases/datasets';

/** Writes files of what the caller's organisation has. */
export function exportService({ stores }: ServiceParts): ServiceImpl<typeof ExportService> {
  return {
    async *export(request, context) {
      const { organisationId } = principalOf(context);
      const { format, cursor } = request;
      const { columns, sources } = DATASETS[datasetOf(request)];
      const { signal } = context;
      const scope = { stores, organisationId, query: queryOf(request), signal };
      const plan = {
        columns,
        format,
        cursor,
        request: requestKey(request),
        sources: sources(scope),
      };
      for await (const part of exportParts(plan)) yield { part };
    },
  };
}

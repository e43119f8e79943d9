import { toJsonString } from '@bufbuild/protobuf';
import {
  ExportCreditEntriesRequestSchema,
  type CreditService,
  type ExportCreditEntriesRequest,
} from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { invalid, notFound } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import {
  cellsOf,
  exportParts,
  principalOf,
  readPosition,
  type ExportFrom,
  type ExportSource,
} from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import type { ServiceParts } from '../../service-parts';
import { ENTRY_TABLE } from '../contract/entry-table';
import { boundsFrom, boundsViolations } from './entry-bounds';
import { existingUnit } from '../use-cases/existing';
import type { OwnedEntry } from '../domain/credit-entry';
import type { EntryQuery } from '../store/credit-entries';

const PAGE = 500;
const position = z.strictObject({
  ...{ accountId: z.string(), creditUnitId: z.string(), sequence: z.int().min(1) },
});

/** The method that writes the ledger of credits as a file. */
export function creditExportMethods(
  parts: ServiceParts,
): Pick<ServiceImpl<typeof CreditService>, 'exportCreditEntries'> {
  return {
    async *exportCreditEntries(request, context) {
      const { organisationId } = principalOf(context);
      const { format, cursor, includeTest } = request;
      const query = queryOf(request);
      await checkNamed(parts, organisationId, query);
      const source = entrySource(parts, organisationId, {
        ...{ query, includeTest, signal: context.signal },
      });
      const asked = toJsonString(ExportCreditEntriesRequestSchema, { ...request, cursor: '' });
      const plan = { columns: ENTRY_TABLE, format, cursor, request: asked, sources: [source] };
      for await (const part of exportParts(plan)) yield { part };
    },
  };
}

function queryOf(request: ExportCreditEntriesRequest): EntryQuery {
  const { startTime: start, endTime: end, accountId, creditUnitId } = request;
  const names = ['start_time', 'end_time'] as const;
  const posted = boundsFrom({ start, end, names });
  const violations = boundsViolations(posted, names);
  if (violations.length > 0)
    throw invalid('EXPORT_INVALID', 'The export cannot be made as asked.', violations);
  return {
    posted,
    ...(accountId === '' ? {} : { accountId }),
    ...(creditUnitId === '' ? {} : { creditUnitId }),
  };
}

/** What is named must be there: another organisation's looks exactly like none. */
async function checkNamed(
  parts: ServiceParts,
  organisationId: OrganisationId,
  { accountId, creditUnitId }: EntryQuery,
): Promise<void> {
  if (accountId !== undefined && !(await parts.accounts.find(organisationId, accountId)))
    throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
  if (creditUnitId !== undefined) await existingUnit(parts, organisationId, creditUnitId);
}

/** Each page is asked for when the one before has been taken. An entry has one row, so none is continued inside. */
function entrySource(
  { creditEntries, creditUnits, accounts }: ServiceParts,
  organisationId: OrganisationId,
  asked: {
    readonly query: EntryQuery;
    readonly includeTest: boolean;
    readonly signal: AbortSignal;
  },
): ExportSource {
  const { query, includeTest, signal } = asked;
  const from = (start: ExportFrom | undefined): EntryQuery =>
    start === undefined ? query : { ...query, after: readPosition(start.position, position) };
  const rowsOf = async (page: readonly OwnedEntry[]) => {
    const ids = (of: (entry: OwnedEntry) => string) => [...new Set(page.map(of))];
    const [units, owners] = await Promise.all([
      creditUnits.findMany(
        organisationId,
        ids(({ creditUnitId }) => creditUnitId),
      ),
      accounts.findMany(
        organisationId,
        ids(({ accountId }) => accountId),
      ),
    ]);
    return (entry: OwnedEntry) => {
      const isTest = owners.get(entry.accountId)?.isTest === true;
      const unitCode = units.get(entry.creditUnitId)?.code ?? '';
      return isTest && !includeTest ? [] : [cellsOf(ENTRY_TABLE, { entry, unitCode, isTest })];
    };
  };
  return {
    count: (start) => creditEntries.countOfAll(organisationId, from(start)),
    async *read(start) {
      let next = start;
      while (!signal.aborted) {
        const page = await creditEntries.ofAll(organisationId, from(next), PAGE);
        const rows = await rowsOf(page);
        const last = page.at(-1);
        if (last === undefined) return;
        for (const entry of page) yield { position: positionOf(entry), rows: rows(entry) };
        next = { position: positionOf(last), inclusive: false };
      }
    },
  };
}

function positionOf({ accountId, creditUnitId, sequence }: OwnedEntry) {
  return { accountId, creditUnitId, sequence };
}

import type { ReceivableService } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import { fromTimestamp, pageAfter, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { moneyToProto } from '../../contract/money';
import { pageByKey } from '../../rpc/pages';
import type { ServiceParts } from '../../service-parts';
import { agingRowToProto, entryToProto } from '../contract/statement';
import { listAging } from '../use-cases/list-aging';
import { END_MS } from '../use-cases/read-statement';
import { ownerOf, statementMethods } from './statement-methods';

const position = z.strictObject({ atMs: z.int(), id: z.string().min(1) });

/** Tells what accounts owe. */
export function receivableService({ stores }: ServiceParts): ServiceImpl<typeof ReceivableService> {
  const { accountEntries } = stores;
  return {
    ...statementMethods(stores),

    async getStatement(request, context) {
      const owner = ownerOf(principalOf(context).organisationId, request);
      const { startTime, endTime } = request;
      const fromMs = startTime === undefined ? -END_MS : fromTimestamp(startTime, 'start_time');
      const untilMs = endTime === undefined ? END_MS : fromTimestamp(endTime, 'end_time');
      let opening = 0n;
      const { items, nextPageToken } = await pageAfter(request, {
        position,
        list: async (after, limit) => {
          const span = { fromMs, untilMs, ...(after && { after }) };
          const found = await accountEntries.list(owner, span, limit);
          opening = await accountEntries.sumBefore(owner, fromMs, after);
          return found;
        },
        positionOf: ({ atMs, id }) => ({ atMs, id }),
      });
      let owed = opening;
      const entries = items.map((entry) => entryToProto(entry, (owed += entry.amount)));
      const money = (minorUnits: bigint) => moneyToProto({ ...owner, minorUnits });
      return {
        openingAmount: money(opening),
        entries,
        closingAmount: money(owed),
        nextPageToken,
      };
    },

    async listAging(request, context) {
      const { organisationId } = principalOf(context);
      const accountId = request.accountId === '' ? undefined : request.accountId;
      const { items, nextPageToken } = await pageByKey(
        request,
        (slice) => listAging(stores, organisationId, { ...slice, accountId }),
        ([row]) => row?.accountId ?? '',
      );
      return { rows: items.flat().map(agingRowToProto), nextPageToken };
    },
  };
}

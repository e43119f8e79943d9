import type { ReceivableService } from '@billingrails/contracts/billingrails/invoicing/v1/receivable_service_pb';
import {
  decodePageToken,
  encodePageToken,
  fromTimestamp,
  pageSize,
  principalOf,
} from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import { moneyToProto } from '../../contract/money';
import { pageAfter } from '../../rpc/pages';
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
      const { pageToken, startTime, endTime } = request;
      const after = pageToken === '' ? undefined : decodePageToken(pageToken, position);
      const fromMs = startTime === undefined ? -END_MS : fromTimestamp(startTime, 'start_time');
      const untilMs = endTime === undefined ? END_MS : fromTimestamp(endTime, 'end_time');
      const size = pageSize(request.pageSize);
      const found = await accountEntries.list(
        owner,
        { fromMs, untilMs, ...(after && { after }) },
        size + 1,
      );
      const opening = await accountEntries.sumBefore(owner, fromMs, after);
      let owed = opening;
      const items = found.slice(0, size);
      const entries = items.map((entry) => entryToProto(entry, (owed += entry.amount)));
      const last = items.at(-1);
      const more = found.length > size && last !== undefined;
      const money = (minorUnits: bigint) => moneyToProto({ ...owner, minorUnits });
      return {
        openingAmount: money(opening),
        entries,
        closingAmount: money(owed),
        nextPageToken: more ? encodePageToken({ atMs: last.atMs, id: last.id }) : '',
      };
    },

    async listAging(request, context) {
      const { organisationId } = principalOf(context);
      const accountId = request.accountId === '' ? undefined : request.accountId;
      const { items, nextPageToken } = await pageAfter(
        request,
        (slice) => listAging(stores, organisationId, { ...slice, accountId }),
        ([row]) => row?.accountId ?? '',
      );
      return { rows: items.flat().map(agingRowToProto), nextPageToken };
    },
  };
}

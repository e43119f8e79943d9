import type {
  ListEventAccountsRequest,
  SummarizeEventAccountsRequest,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { isAccountId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import {
  decodePageToken,
  encodePageToken,
  pageSize,
  principalOf,
  toTimestamp,
} from '@billingrails/rpc';
import type { HandlerContext } from '@connectrpc/connect';
import { z } from 'zod';
import { listEventAccounts, summarizeEventAccounts } from '../store/event-accounts';

const position = z.strictObject({ after: z.string().min(1) });

/** Lists the accounts that events name. */
export async function listEventAccountsCall(
  { db }: Mongo,
  request: ListEventAccountsRequest,
  call: HandlerContext,
) {
  const { organisationId } = principalOf(call);
  const { pageToken } = request;
  const limit = pageSize(request.pageSize);
  const afterId = pageToken === '' ? '' : decodePageToken(pageToken, position).after;
  const found = await listEventAccounts(db, organisationId, afterId, limit + 1);
  const accountIds = found.slice(0, limit);
  const after = found.length > limit ? accountIds.at(-1) : undefined;
  return { accountIds, nextPageToken: after === undefined ? '' : encodePageToken({ after }) };
}

/** Tells of accounts how many events they have, and from when to when. */
export async function summarizeEventAccountsCall(
  { db }: Mongo,
  request: SummarizeEventAccountsRequest,
  call: HandlerContext,
) {
  const { organisationId } = principalOf(call);
  // What is no account's id has no events.
  const accountIds = request.accountIds.filter(isAccountId);
  const accounts = await summarizeEventAccounts(db, organisationId, accountIds);
  return {
    accounts: accounts.map(({ accountId, eventCount, firstMs, lastMs }) => ({
      accountId,
      eventCount: BigInt(eventCount),
      firstEventTime: toTimestamp(firstMs),
      lastEventTime: toTimestamp(lastMs),
    })),
  };
}

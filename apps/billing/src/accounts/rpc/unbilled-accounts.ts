import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  UnbilledReason as Reason,
  type GetUnbilledReportResponseSchema,
  type ListUnbilledAccountsRequest,
  type ListUnbilledAccountsResponseSchema,
} from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import type { OrganisationId } from '@billingrails/ids';
import { decodePageToken, encodePageToken, pageSize, toTimestamp } from '@billingrails/rpc';
import { z } from 'zod';
import type { ServiceParts } from '../../service-parts';
import type { AccountUsage } from '../../usage/event-accounts';
import { NearIds } from '../domain/near-ids';
import { UNBILLED_REASONS, type UnbilledReason } from '../domain/unbilled';
import { reportUnbilled, unbilledOf, type Unbilled } from '../use-cases/find-unbilled';

const PAGE_MAX = 100;
/** How many accounts with events one page looks at. */
const LOOKED_AT_MAX = 2000;
/** Among how many accounts those that look alike are searched. */
const NEAR_AMONG_MAX = 50_000;

const REASONS: Record<UnbilledReason, Reason> = {
  unknown_account: Reason.UNKNOWN_ACCOUNT,
  no_subscription: Reason.NO_SUBSCRIPTION,
  subscription_ended: Reason.SUBSCRIPTION_ENDED,
};

const position = z.strictObject({ at: z.string().min(1) });

/** A page of the accounts that events name and that nobody is billed for. */
export async function listUnbilledAccounts(
  parts: ServiceParts,
  organisationId: OrganisationId,
  request: ListUnbilledAccountsRequest,
  signal: AbortSignal,
): Promise<MessageInitShape<typeof ListUnbilledAccountsResponseSchema>> {
  const size = Math.min(pageSize(request.pageSize), PAGE_MAX);
  let token = request.pageToken === '' ? '' : decodePageToken(request.pageToken, position).at;
  let found: Unbilled[] = [];
  for (let lookedAt = 0; lookedAt < LOOKED_AT_MAX && found.length === 0; lookedAt += size) {
    const page = { pageSize: size, pageToken: token };
    const { accountIds, nextPageToken } = await parts.eventAccounts.list(
      ...([organisationId, page, signal] as const),
    );
    found = await unbilledOf(parts, organisationId, accountIds, signal);
    token = nextPageToken;
    if (token === '') break;
  }
  const usages = await usagesOf(parts, organisationId, found, signal);
  const near = await nearIdsOf(parts, organisationId, found);
  return {
    accounts: found.map((account) => ({
      accountId: account.accountId,
      reason: REASONS[account.reason],
      eventCount: account.eventCount,
      firstEventTime: toTimestamp(account.firstMs),
      lastEventTime: toTimestamp(account.lastMs),
      usages: usages.filter(({ accountId }) => accountId === account.accountId).map(usageToProto),
      nearAccountIds: near.near(account.accountId),
    })),
    nextPageToken: token === '' ? '' : encodePageToken({ at: token }),
  };
}

/** How many accounts events name, and whom of them nobody is billed for. */
export async function getUnbilledReport(
  parts: ServiceParts,
  organisationId: OrganisationId,
  signal: AbortSignal,
): Promise<MessageInitShape<typeof GetUnbilledReportResponseSchema>> {
  const { accountCount, totals } = await reportUnbilled(parts, organisationId, signal);
  return {
    accountCount,
    missedSubscriptionCount: BigInt(await parts.missedChanges.countOf(organisationId)),
    unbilled: UNBILLED_REASONS.flatMap((reason) => {
      const total = totals.get(reason);
      return total === undefined ? [] : [{ reason: REASONS[reason], ...total }];
    }),
  };
}

async function usagesOf(
  { eventAccounts }: ServiceParts,
  organisationId: OrganisationId,
  found: readonly Unbilled[],
  signal: AbortSignal,
): Promise<AccountUsage[]> {
  if (found.length === 0) return [];
  const period = {
    startMs: Math.min(...found.map(({ firstMs }) => firstMs)),
    endMs: Math.max(...found.map(({ lastMs }) => lastMs)) + 1,
  };
  const accountIds = found.map(({ accountId }) => accountId);
  return eventAccounts.usages(organisationId, accountIds, period, signal);
}

async function nearIdsOf(
  { accounts }: ServiceParts,
  organisationId: OrganisationId,
  found: readonly Unbilled[],
): Promise<NearIds> {
  const unknown = found.filter(({ reason }) => reason === 'unknown_account');
  const near = new NearIds(unknown.map(({ accountId }) => accountId));
  if (unknown.length === 0) return near;
  for await (const id of accounts.ids(organisationId, NEAR_AMONG_MAX)) near.look(id);
  return near;
}

function usageToProto({ accountId: _account, ...usage }: AccountUsage) {
  return usage;
}

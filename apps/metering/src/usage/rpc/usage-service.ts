import { lastSeqOf, partitionOf, decodeConsistencyToken, type Bus } from '@billingrails/bus';
import type {
  QueryUsageRequest,
  UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { invalid } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { principalOf, remainingMs } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import type { ChangeTeller } from '../../changes/use-cases/tell-changes';
import type { Positions } from '../../consumer/positions';
import { repairUsageCall, verifyUsageCall } from '../../recounts/rpc/verify-usage';
import { readAccountUsage } from '../use-cases/account-usage';
import type { ClosedUsages } from '../use-cases/closed-usages';
import { readUsage } from '../use-cases/read-usage';
import { accountUsageToProto, readAccountUsageRequest } from './account-usage';
import { explainUsageCall } from './explain-usage';
import { toRow } from './usage-messages';
import { nextPageToken, readUsageRequest, type UsageRequest } from './usage-request';
import { readWatchRequest, watch } from './usage-watch';

/** What answering usage needs. */
export interface UsageServiceContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly positions: Positions;
  readonly teller: ChangeTeller;
  readonly partitionCount: number;
  readonly closed: ClosedUsages;
  readonly nowMs: () => number;
  /** Aborted when the process is about to end: watches end at once. */
  readonly closing: AbortSignal;
}

/** Of the caller's deadline, what is kept for reading once metering has caught up. */
const READING_MS = 200;
/** How long to wait for a caller without a deadline. */
const WAIT_MS_MAX = 30_000;

/** Answers how much was used. */
export function usageService(
  context: UsageServiceContext,
): Partial<ServiceImpl<typeof UsageService>> {
  return {
    async queryUsage(request, call) {
      const { organisationId } = principalOf(call);
      const wanted = readUsageRequest(request);
      await waitUntilApplied(context, organisationId, request, wanted, call);
      return answerQuery(context.mongo, organisationId, request, wanted);
    },
    async queryAccountUsage(request, call) {
      const { organisationId } = principalOf(call);
      const query = readAccountUsageRequest(organisationId, request);
      await waitUntilApplied(
        context,
        organisationId,
        request,
        {
          accountIds: [
            request.accountId,
            ...query.questions.map((q) => q.accountId),
          ] as AccountId[],
        },
        call,
      );
      return accountUsageToProto(await readAccountUsage(context, query));
    },
    explainUsage: (request, call) => explainUsageCall(context.mongo, request, call),
    verifyUsage: (request, call) => verifyUsageCall(context, request, call),
    repairUsage: (request, call) => repairUsageCall(context, request, call),
    async tellUsageChanges({ accountIds }, call) {
      const { organisationId } = principalOf(call);
      const { partitionCount, teller } = context;
      const named = accountIds as AccountId[];
      const acknowledged = { consistencyToken: '', waitForAcknowledged: true };
      await waitUntilApplied(context, organisationId, acknowledged, { accountIds: named }, call);
      await teller.tell(partitionsOf(organisationId, named, partitionCount));
      return {};
    },
    async *watchUsage(request, call) {
      const { organisationId } = principalOf(call);
      const { query, wanted, intervalMs } = readWatchRequest(request);
      await waitUntilApplied(context, organisationId, query, wanted, call);
      const partitions = partitionsOf(organisationId, wanted.accountIds, context.partitionCount);
      yield* watch({
        ...{ positions: context.positions, partitions, intervalMs, nowMs: context.nowMs },
        signal: AbortSignal.any([call.signal, context.closing]),
        read: () => answerQuery(context.mongo, organisationId, query, wanted),
      });
    },
  };
}

/** What an answer must have counted. */
type Waiting = Pick<QueryUsageRequest, 'consistencyToken' | 'waitForAcknowledged'>;

/** Waits for the events that the caller wants counted. Throws `unavailable` when they are not in time. */
async function waitUntilApplied(
  { bus, positions, partitionCount }: UsageServiceContext,
  organisationId: OrganisationId,
  { consistencyToken, waitForAcknowledged }: Waiting,
  { accountIds }: Pick<UsageRequest, 'accountIds'>,
  call: HandlerContext,
): Promise<void> {
  const seqs = new Map<number, number>();
  if (consistencyToken !== '') {
    for (const [partition, seq] of decodeConsistencyToken(consistencyToken)) {
      if (partition >= partitionCount) throw unknownPartition();
      seqs.set(partition, seq);
    }
  }
  if (waitForAcknowledged) {
    const partitions = partitionsOf(organisationId, accountIds, partitionCount);
    const lastSeqs = await Promise.all(partitions.map((partition) => lastSeqOf(bus, partition)));
    for (const [index, partition] of partitions.entries()) {
      seqs.set(partition, Math.max(seqs.get(partition) ?? 0, lastSeqs[index] ?? 0));
    }
  }
  const timeoutMs = (remainingMs(call) ?? WAIT_MS_MAX) - READING_MS;
  await positions.reached(seqs, timeoutMs, call.signal);
}

/** The partitions of the named accounts; with none named, all. */
function partitionsOf(
  organisationId: OrganisationId,
  accountIds: readonly AccountId[],
  partitionCount: number,
): number[] {
  if (accountIds.length === 0) return Array.from({ length: partitionCount }, (_, p) => p);
  return [...new Set(accountIds.map((id) => partitionOf(organisationId, id, partitionCount)))];
}

/** Answers as of now, whatever has been applied by now. */
async function answerQuery(
  mongo: Mongo,
  organisationId: OrganisationId,
  request: QueryUsageRequest,
  { accountIds, ...wanted }: UsageRequest,
) {
  const { rows, next, partial, profileVersion } = await readUsage(mongo, {
    ...{ organisationId, ...wanted },
    meterId: request.meterId,
    profileCode: request.profile,
    accounts: accountIds,
    byGroup: request.byGroup,
    omitEmpty: request.omitEmpty,
  });
  return {
    rows: rows.map(toRow),
    nextPageToken: next === undefined ? '' : nextPageToken(request, next, profileVersion),
    ...{ partial, profileVersion },
  };
}

function unknownPartition() {
  return invalid('CONSISTENCY_TOKEN_INVALID', 'The token is not one that ingest returned.', [
    { field: 'consistency_token', description: 'names a partition that does not exist' },
  ]);
}

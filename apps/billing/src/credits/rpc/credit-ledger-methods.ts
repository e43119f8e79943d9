import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  CreditEntryKind,
  type CreditEntrySchema,
  type CreditRevenueSchema,
} from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type {
  CreditService,
  ListCreditEntriesRequest,
} from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { assert, invalid, notFound } from '@billingrails/errors';
import { decimalText } from '@billingrails/money';
import { fromTimestamp, pageAfter, principalOf, toTimestamp } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { z } from 'zod';
import type { ServiceParts } from '../../service-parts';
import type { CreditEntry, EntryKind } from '../domain/credit-entry';
import { checkDays, revenueCsv, RevenueSums, type CreditRevenue } from '../domain/credit-revenue';
import type { EntryPeriods } from '../store/credit-entries';
import { existingUnit } from '../use-cases/existing';
import { categoryToProto } from '../contract/credit-grant';
import { boundsFrom, boundsViolations } from './entry-bounds';

type LedgerMethods = Pick<
  ServiceImpl<typeof CreditService>,
  'listCreditEntries' | 'getCreditRevenue'
>;

const position = z.strictObject({ after: z.int().min(1) });

/** The methods on the ledger of credits. */
export function creditLedgerMethods(parts: ServiceParts): LedgerMethods {
  const { accounts, creditEntries } = parts;
  return {
    async listCreditEntries(request, context) {
      const { accountId, creditUnitId, ...page } = request;
      const periods = periodsOf(request);
      const { organisationId } = principalOf(context);
      if ((await accounts.find(organisationId, accountId)) === undefined)
        throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
      const { id } = await existingUnit(parts, organisationId, creditUnitId);
      const owner = { organisationId, accountId, creditUnitId: id };
      const { items, nextPageToken } = await pageAfter(page, {
        position,
        list: (from, limit) =>
          creditEntries.list(owner, { ...periods, afterSequence: from?.after ?? 0, limit }),
        positionOf: ({ sequence }) => ({ after: sequence }),
      });
      return { entries: items.map(entryToProto), nextPageToken };
    },

    async getCreditRevenue({ creditUnitId, startTime, endTime, knownAt }, context) {
      assert(startTime !== undefined && endTime !== undefined, 'the contract requires a period');
      const period = {
        startMs: fromTimestamp(startTime, 'start_time'),
        endMs: fromTimestamp(endTime, 'end_time'),
      };
      checkDays(period);
      const knownMs = knownAt === undefined ? Infinity : fromTimestamp(knownAt, 'known_at');
      const { organisationId } = principalOf(context);
      const { id } = await existingUnit(parts, organisationId, creditUnitId);
      const sums = new RevenueSums(period.startMs);
      for await (const entry of creditEntries.ofUnit(organisationId, id, period.endMs))
        if (entry.postMs <= knownMs) sums.add(entry);
      return { revenue: revenueToProto(sums.revenue()) };
    },
  };
}

const DAYS = ['day_start_time', 'day_end_time'] as const;
const POSTED = ['post_start_time', 'post_end_time'] as const;

/** What of a ledger is listed. Throws a DomainError of kind invalid where a period ends before it starts. */
function periodsOf(request: ListCreditEntriesRequest): EntryPeriods {
  const { dayStartTime, dayEndTime, postStartTime, postEndTime } = request;
  const days = boundsFrom({ start: dayStartTime, end: dayEndTime, names: DAYS });
  const posted = boundsFrom({ start: postStartTime, end: postEndTime, names: POSTED });
  const violations = [...boundsViolations(days, DAYS), ...boundsViolations(posted, POSTED)];
  if (violations.length > 0)
    throw invalid('CREDIT_PERIOD_INVALID', 'A period ends before it starts.', violations);
  return { days, posted };
}

const KINDS: Readonly<Record<EntryKind, CreditEntryKind>> = {
  granted: CreditEntryKind.GRANTED,
  burned: CreditEntryKind.BURNED,
  expired: CreditEntryKind.EXPIRED,
  voided: CreditEntryKind.VOIDED,
  overage: CreditEntryKind.OVERAGE,
  borrowed: CreditEntryKind.BORROWED,
  paid_back: CreditEntryKind.PAID_BACK,
};

function entryToProto(entry: CreditEntry): MessageInitShape<typeof CreditEntrySchema> {
  const { sequence, kind, dayMs, creditGrantId, category, amount, balance, postMs } = entry;
  return {
    sequence: BigInt(sequence),
    kind: KINDS[kind],
    dayTime: toTimestamp(dayMs),
    creditGrantId: creditGrantId ?? '',
    ...(category === undefined ? {} : { category: categoryToProto(category) }),
    amount: decimalText(amount),
    balance: decimalText(balance),
    postTime: toTimestamp(postMs),
  };
}

function revenueToProto(revenue: CreditRevenue): MessageInitShape<typeof CreditRevenueSchema> {
  return {
    categories: revenue.categories.map(({ category, paid_back: paidBack, ...sums }) => ({
      category: categoryToProto(category),
      opening: decimalText(sums.opening),
      granted: decimalText(sums.granted),
      burned: decimalText(sums.burned),
      paidBack: decimalText(paidBack),
      expired: decimalText(sums.expired),
      voided: decimalText(sums.voided),
      closing: decimalText(sums.closing),
    })),
    overage: decimalText(revenue.overage),
    csv: revenueCsv(revenue),
  };
}

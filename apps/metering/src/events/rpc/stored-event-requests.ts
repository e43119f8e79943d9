import { clone, toBinary, type DescMessage, type MessageShape } from '@bufbuild/protobuf';
import type { Timestamp } from '@bufbuild/protobuf/wkt';
import {
  ListConflictsRequestSchema,
  type ListCorrectionsRequestSchema,
  ListEventsRequestSchema,
  ListQuarantinedMessagesRequestSchema,
  type GetIngestReportRequest,
  type ListConflictsRequest,
  type ListEventsRequest,
  type ListQuarantinedMessagesRequest,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { assert, invalid, type Violation, type ReasonOf } from '@billingrails/errors';
import { isAccountId, type AccountId, type OrganisationId } from '@billingrails/ids';
import { decodePageToken, encodePageToken, fromTimestamp, pageSize } from '@billingrails/rpc';
import type { Period } from '@billingrails/time';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { CorrectionPosition } from '../../corrections/store/correction-list';
import { DAY_MS, MINUTE_MS } from '../../domain/hours';
import type { ConflictListing, ConflictPosition } from '../../outcomes/store/conflicts';
import type { QuarantineListing, QuarantineViewer } from '../../outcomes/store/quarantine';
import type { ListPosition } from '../store/event-list';
import type { StoredEventListing } from '../use-cases/list-stored-events';
import { fromState } from './stored-event-messages';

/** The first and the last instant that a stored date can have. */
const ALWAYS: Period = { startMs: -8_640_000_000_000_000, endMs: 8_640_000_000_000_000 };
const REPORT_MS_MAX = 366 * DAY_MS;

const eventPosition = z.object({
  timestampMs: z.number(),
  key: z.string(),
  segmentId: z.string(),
  index: z.number(),
});
const conflictPosition = z.object({
  accountId: z.string(),
  key: z.string(),
  seq: z.number(),
  index: z.number(),
});
const messagePosition = z.object({ afterSeq: z.number() });

/** Reads the request. Throws `invalid` with everything that is wrong with it. */
export function readListEventsRequest(
  organisationId: OrganisationId,
  request: ListEventsRequest,
): StoredEventListing {
  const { eventName, idempotencyKeys: keys, pageToken } = request;
  const period = {
    startMs: timeOf(request.startTime, 'start_time') ?? ALWAYS.startMs,
    endMs: timeOf(request.endTime, 'end_time') ?? ALWAYS.endMs,
  };
  const violations: Violation[] = [];
  if (request.accountId === '' && keys.length === 0) {
    violations.push({ field: 'account_id', description: 'is required without idempotency_keys' });
  }
  violations.push(...accountViolations(request.accountId), ...orderViolations(period));
  refuse('EVENT_LIST_INVALID', 'The list of events is not valid.', violations);
  return {
    ...{ organisationId, accountId: accountOf(request.accountId), period, keys },
    eventName: eventName === '' ? undefined : eventName,
    state: fromState(request.state),
    before: positionIn(ListEventsRequestSchema, request, pageToken, eventPosition),
    limit: pageSize(request.pageSize),
  };
}

/** Reads the request. Throws `invalid` with everything that is wrong with it. */
export function readListConflictsRequest(
  organisationId: OrganisationId,
  request: ListConflictsRequest,
): ConflictListing & { readonly limit: number } {
  const { pageToken } = request;
  const violations = accountViolations(request.accountId);
  refuse('CONFLICT_LIST_INVALID', 'The list of conflicts is not valid.', violations);
  return {
    ...{ organisationId, accountId: accountOf(request.accountId) },
    after: positionIn(ListConflictsRequestSchema, request, pageToken, conflictPosition),
    limit: pageSize(request.pageSize),
  };
}

/** Reads the request. Throws `invalid` for a page token of another one. */
export function readListQuarantinedRequest(
  viewer: QuarantineViewer,
  request: ListQuarantinedMessagesRequest,
): QuarantineListing & { readonly limit: number } {
  const { pageToken, includeReplayed } = request;
  const schema = ListQuarantinedMessagesRequestSchema;
  const position = positionIn(schema, request, pageToken, messagePosition);
  const afterSeq = position?.afterSeq ?? 0;
  return { ...viewer, includeReplayed, afterSeq, limit: pageSize(request.pageSize) };
}

/** Reads the request. Throws `invalid` with everything that is wrong with it. */
export function readIngestReportRequest(request: GetIngestReportRequest): Period {
  const { startTime, endTime } = request;
  assert(startTime !== undefined && endTime !== undefined, 'the contract requires both times');
  const period = {
    startMs: fromTimestamp(startTime, 'start_time'),
    endMs: fromTimestamp(endTime, 'end_time'),
  };
  const violations = [
    ...minuteViolations('start_time', startTime, period.startMs),
    ...minuteViolations('end_time', endTime, period.endMs),
    ...orderViolations(period),
  ];
  if (period.endMs - period.startMs > REPORT_MS_MAX) {
    violations.push({
      field: 'end_time',
      description: 'must be at most 366 days after start_time',
    });
  }
  refuse('INGEST_REPORT_INVALID', 'The time to report on is not valid.', violations);
  return period;
}

/** The token of the page after a position; empty when there is none. */
export function nextTokenOf<S extends PagedRequest>(
  schema: S,
  request: MessageShape<S> & Paged,
  position: ListPosition | ConflictPosition | CorrectionPosition | { afterSeq: number } | undefined,
): string {
  return position === undefined
    ? ''
    : encodePageToken({ of: identityOf(schema, request), at: position });
}

type PagedRequest =
  | typeof ListEventsRequestSchema
  | typeof ListConflictsRequestSchema
  | typeof ListCorrectionsRequestSchema
  | typeof ListQuarantinedMessagesRequestSchema;

interface Paged {
  pageSize: number;
  pageToken: string;
}

/** Where the page goes on; undefined for the first. Throws `invalid` for a token of another request. */
export function positionIn<S extends PagedRequest, T>(
  schema: S,
  request: MessageShape<S> & Paged,
  token: string,
  position: z.ZodType<T>,
): T | undefined {
  if (token === '') return undefined;
  const shape = z.object({ of: z.literal(identityOf(schema, request)), at: position });
  return decodePageToken(token, shape).at;
}

/** What must stay the same from page to page. */
function identityOf<S extends DescMessage>(schema: S, request: MessageShape<S> & Paged): string {
  const same = clone(schema, request) as MessageShape<S> & Paged;
  same.pageSize = 0;
  same.pageToken = '';
  return createHash('sha256').update(toBinary(schema, same)).digest('base64url').slice(0, 16);
}

function timeOf(time: Timestamp | undefined, field: string): number | undefined {
  return time === undefined ? undefined : fromTimestamp(time, field);
}

/** Undefined for all accounts. */
export function accountOf(id: string): AccountId | undefined {
  return isAccountId(id) ? id : undefined;
}

/** What is wrong with the account that a request names. */
export function accountViolations(id: string): Violation[] {
  if (id === '' || isAccountId(id)) return [];
  return [{ field: 'account_id', description: 'is not the id of an account' }];
}

function orderViolations({ startMs, endMs }: Period): Violation[] {
  return startMs < endMs ? [] : [{ field: 'end_time', description: 'must be after start_time' }];
}

function minuteViolations(field: string, { nanos }: Timestamp, timeMs: number): Violation[] {
  if (timeMs % MINUTE_MS === 0 && nanos === 0) return [];
  return [{ field, description: 'must be a whole minute' }];
}

/** Throws `invalid` when anything is wrong. */
export function refuse(
  reason: ReasonOf<'invalid'>,
  message: string,
  violations: readonly Violation[],
): void {
  if (violations.length > 0) throw invalid(reason, message, violations);
}

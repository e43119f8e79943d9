import type { Bus } from '@billingrails/bus';
import {
  ListConflictsRequestSchema,
  ListEventsRequestSchema,
  ListQuarantinedMessagesRequestSchema,
  type GetEventRequest,
  type GetIngestReportRequest,
  type ListConflictsRequest,
  type ListEventsRequest,
  type ListQuarantinedMessagesRequest,
  type ReplayQuarantinedMessagesRequest,
  type StoredEventService,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { notFound } from '@billingrails/errors';
import type { OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { HandlerContext, ServiceImpl } from '@connectrpc/connect';
import { listCorrectionsCall, toStoredCorrection } from '../../corrections/rpc/list-corrections';
import { correctionsOf } from '../../corrections/store/corrections';
import { listConflicts, type Conflict } from '../../outcomes/store/conflicts';
import { readEventCounts } from '../../outcomes/store/event-counts';
import { listQuarantined, type QuarantineViewer } from '../../outcomes/store/quarantine';
import { replayQuarantined } from '../../outcomes/use-cases/replay-quarantined';
import { inSnapshot } from '../../store/snapshot';
import { EventHistory } from '../use-cases/event-history';
import { BYTES_PER_PAGE_MAX, listStoredEvents } from '../use-cases/list-stored-events';
import { listEventAccountsCall, summarizeEventAccountsCall } from './event-accounts';
import { toConflictingEvent, toQuarantinedMessage, toStoredEvent } from './stored-event-messages';
import {
  nextTokenOf,
  readIngestReportRequest,
  readListConflictsRequest,
  readListEventsRequest,
  readListQuarantinedRequest,
} from './stored-event-requests';

/** What showing stored events needs. */
export interface StoredEventServiceContext {
  readonly mongo: Mongo;
  readonly bus: Bus;
  readonly partitionCount: number;
  readonly nowMs: () => number;
  /** Who sees quarantined messages of which nobody can be told; undefined: no one. */
  readonly operatorOrganisationId: OrganisationId | undefined;
}

/** Of one event; whoever has more sees them in the list of conflicts. */
const CONFLICTS_SHOWN_MAX = 100;

/** Shows the events that metering keeps, and what became of each. */
export function storedEventService(
  context: StoredEventServiceContext,
): Partial<ServiceImpl<typeof StoredEventService>> {
  const { mongo } = context;
  return {
    listEvents: (request, call) => listEventsCall(mongo, request, call),
    getEvent: (request, call) => getEventCall(mongo, request, call),
    listConflicts: (request, call) => listConflictsCall(mongo, request, call),
    listCorrections: (request, call) => listCorrectionsCall(mongo, request, call),
    getIngestReport: (request, call) => getIngestReportCall(mongo, request, call),
    listEventAccounts: (request, call) => listEventAccountsCall(mongo, request, call),
    summarizeEventAccounts: (request, call) => summarizeEventAccountsCall(mongo, request, call),
    listQuarantinedMessages: (request, call) => listQuarantinedCall(context, request, call),
    replayQuarantinedMessages: (request, call) => replayCall(context, request, call),
  };
}

async function listEventsCall(mongo: Mongo, request: ListEventsRequest, call: HandlerContext) {
  const listing = readListEventsRequest(principalOf(call).organisationId, request);
  const page = await inSnapshot(mongo, (db, session) => listStoredEvents(db, session, listing));
  return {
    events: page.events.map(toStoredEvent),
    nextPageToken: nextTokenOf(ListEventsRequestSchema, request, page.next),
  };
}

function getEventCall(
  mongo: Mongo,
  { idempotencyKey: key }: GetEventRequest,
  call: HandlerContext,
) {
  const { organisationId } = principalOf(call);
  return inSnapshot(mongo, async (db, session) => {
    const history = new EventHistory(db, session, organisationId);
    const revisions = await history.describe(await history.revisionsOf([key]));
    const latest = revisions.at(-1);
    if (latest === undefined) throw notFound('EVENT_NOT_FOUND', `There is no event "${key}".`);
    const listing = { organisationId, key };
    const found = await listConflicts(db, session, listing, CONFLICTS_SHOWN_MAX);
    const conflicts = found.slice(0, countShown(found));
    const corrections = await correctionsOf(db, session, organisationId, [key]);
    return {
      event: toStoredEvent(latest),
      earlierRevisions: revisions.slice(0, -1).map(toStoredEvent),
      conflicts: conflicts.map(toConflictingEvent),
      corrections: corrections.map(toStoredCorrection),
    };
  });
}

async function listConflictsCall(
  { db }: Mongo,
  request: ListConflictsRequest,
  call: HandlerContext,
) {
  const { limit, ...listing } = readListConflictsRequest(principalOf(call).organisationId, request);
  const found = await listConflicts(db, undefined, listing, limit + 1);
  const conflicts = found.slice(0, Math.min(limit, countShown(found)));
  const last = found.length > conflicts.length ? conflicts.at(-1) : undefined;
  const position = last && {
    ...{ accountId: last.accountId, key: last.key, seq: last.seq, index: last.index },
  };
  return {
    conflicts: conflicts.map(toConflictingEvent),
    nextPageToken: nextTokenOf(ListConflictsRequestSchema, request, position),
  };
}

/** How many conflicts fit into an answer: at least one. */
function countShown(conflicts: readonly Conflict[]): number {
  let byteCount = 0;
  const beyond = conflicts.findIndex(({ properties }, index) => {
    byteCount += properties.length;
    return index > 0 && byteCount > BYTES_PER_PAGE_MAX;
  });
  return beyond === -1 ? conflicts.length : beyond;
}

async function getIngestReportCall(
  { db }: Mongo,
  request: GetIngestReportRequest,
  call: HandlerContext,
) {
  const { organisationId } = principalOf(call);
  const period = readIngestReportRequest(request);
  const counts = await readEventCounts(db, undefined, organisationId, period);
  const { counted, unusable, filtered_out, unmatched, voided, quarantined } = counts;
  const accepted = counted + unusable + filtered_out + unmatched + voided + quarantined;
  return {
    acceptedCount: BigInt(accepted),
    countedCount: BigInt(counted),
    unusableCount: BigInt(unusable),
    filteredOutCount: BigInt(filtered_out),
    unmatchedCount: BigInt(unmatched),
    voidedCount: BigInt(voided),
    quarantinedCount: BigInt(quarantined),
    duplicateCount: BigInt(counts.duplicate),
    conflictCount: BigInt(counts.conflict),
    amendedCount: BigInt(counts.amended),
  };
}

async function listQuarantinedCall(
  context: StoredEventServiceContext,
  request: ListQuarantinedMessagesRequest,
  call: HandlerContext,
) {
  const { limit, ...listing } = readListQuarantinedRequest(viewerOf(context, call), request);
  const found = await listQuarantined(context.mongo.db, listing, limit + 1);
  const messages = found.slice(0, limit);
  const last = found.length > limit ? messages.at(-1) : undefined;
  const position = last && { afterSeq: last.seq };
  return {
    messages: messages.map(toQuarantinedMessage),
    nextPageToken: nextTokenOf(ListQuarantinedMessagesRequestSchema, request, position),
  };
}

async function replayCall(
  context: StoredEventServiceContext,
  { ids }: ReplayQuarantinedMessagesRequest,
  call: HandlerContext,
) {
  const { replayed, remaining } = await replayQuarantined(context, viewerOf(context, call), ids);
  return {
    replayed: replayed.map(toQuarantinedMessage),
    remaining: remaining.map(toQuarantinedMessage),
  };
}

function viewerOf(
  { operatorOrganisationId }: StoredEventServiceContext,
  call: HandlerContext,
): QuarantineViewer {
  const { organisationId } = principalOf(call);
  return { organisationId, isOperator: organisationId === operatorOrganisationId };
}

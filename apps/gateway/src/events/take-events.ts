import { readEvent, senderField, type EventDraft } from '@billingrails/event-shapes';
import type { Violation } from '@billingrails/errors';
import type { PlainAnswer, PlainRequest, PlainRoute } from '@billingrails/rpc';
import { ask, type Asked } from '../passing/ask';
import type { ServiceReplicas } from '../passing/service-replicas';
import { postedEvents, type PostedEvents } from './posted-events';
import { problemAnswer } from './problem';

const INGEST_PATH = '/billingrails.ingest.v1.EventService/IngestEvents';

/** Where senders of OpenMeter and Lago post their events: they are taken as they are. */
export function eventRoutes(ingest: ServiceReplicas): PlainRoute[] {
  const handle = (request: PlainRequest): Promise<PlainAnswer> => takeEvents(ingest, request);
  // The second is where Lago's senders post what holds several.
  return ['/api/v1/events', '/api/v1/events/batch'].map((prefix) => ({
    ...{ name: 'PostEvents', prefix, handle },
  }));
}

async function takeEvents(ingest: ServiceReplicas, request: PlainRequest): Promise<PlainAnswer> {
  const posted = postedEvents(request.headers, request.body);
  if ('status' in posted) {
    const reason = posted.status === 415 ? 'CONTENT_TYPE_UNSUPPORTED' : 'REQUEST_MALFORMED';
    return problemAnswer({ ...posted, reason });
  }
  const { shape, values, pathOf } = posted;
  const read = values.map((value, index) => readEvent(shape, value, { path: pathOf(index) }));
  const violations = read.flatMap((each) => ('violations' in each ? each.violations : []));
  if (violations.length > 0) {
    const detail = 'The events cannot be read; nothing was stored.';
    return problemAnswer({ status: 400, reason: 'EVENTS_INVALID', detail, violations });
  }
  const events = read.flatMap((each) => ('event' in each ? [each.event] : []));
  const answer = await ask(ingest, {
    path: INGEST_PATH,
    headers: headersFor(request),
    body: JSON.stringify({ events }),
  });
  if (answer === undefined) {
    const detail = 'The service ingest does not answer. Send the same events again.';
    const headers = { 'retry-after': '1' };
    return problemAnswer({ status: 503, reason: 'SERVICE_UNAVAILABLE', detail, headers });
  }
  if (answer.status !== 200) return refusalOf(answer, posted);
  // Senders of CloudEvents expect nothing, those of Lago their events.
  return shape === 'lago' ? lagoAnswer(answer, posted, events) : { status: 204 };
}

function headersFor({ headers, requestId }: PlainRequest): Record<string, string> {
  const { authorization } = headers;
  return {
    'content-type': 'application/json',
    'x-request-id': requestId,
    ...(authorization !== undefined && { authorization }),
  };
}

interface ConnectError {
  readonly message?: string;
  readonly details?: readonly {
    readonly debug?: { readonly reason?: string; readonly field_violations?: readonly Violation[] };
  }[];
}

/** What ingest says of the events, by the names that their sender knows. */
function refusalOf({ status, headers, body }: Asked, posted: PostedEvents): PlainAnswer {
  const error = JSON.parse(body) as ConnectError;
  const debugs = (error.details ?? []).flatMap(({ debug }) => (debug === undefined ? [] : [debug]));
  const violations = debugs
    .flatMap((debug) => debug.field_violations ?? [])
    .map(({ field, description }) => ({ field: fieldOf(field, posted), description }));
  const reason = debugs.find((debug) => debug.reason !== undefined)?.reason ?? 'INTERNAL';
  const retryAfter = headers['retry-after'];
  const [message = ''] = (error.message ?? '').split(/(?<=\.) (?=events)/);
  return problemAnswer({
    ...{ status, reason, violations },
    detail: violations.length > 0 ? 'The events were refused; nothing was stored.' : message,
    ...(typeof retryAfter === 'string' && { headers: { 'retry-after': retryAfter } }),
  });
}

/** "events[3].event_name" as the sender of the fourth event would call it. */
function fieldOf(field: string, { shape, pathOf }: PostedEvents): string {
  const [, index, rest] = /^events\[(\d+)\]\.(.+)$/s.exec(field) ?? [];
  if (index === undefined || rest === undefined) return field;
  return `${pathOf(Number(index))}${senderField(shape, rest)}`;
}

interface Ingested {
  readonly events?: readonly { readonly timestamp?: string }[];
}

/** The events as Lago would show them, without ids of things that are not kept here. */
function lagoAnswer(
  { body }: Asked,
  posted: PostedEvents,
  events: readonly EventDraft[],
): PlainAnswer {
  const { events: ingested = [] } = JSON.parse(body) as Ingested;
  const shown = events.map(({ event_name, idempotency_key, properties }, index) => {
    const { billingrails_account_id: account, ...rest } = properties;
    return {
      transaction_id: idempotency_key,
      external_subscription_id: account,
      code: event_name,
      timestamp: ingested[index]?.timestamp,
      properties: rest,
    };
  });
  const told = posted.isOne ? { event: shown[0] } : { events: shown };
  return {
    status: 200,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(told),
  };
}

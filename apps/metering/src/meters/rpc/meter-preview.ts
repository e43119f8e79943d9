import type {
  PreviewMeterRequest,
  PreviewMeterResponse,
} from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { PreviewMeterResponseSchema } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { create } from '@bufbuild/protobuf';
import { assert, invalid, type Violation } from '@billingrails/errors';
import { isAccountId, type IdSource } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { fromTimestamp, principalOf, toTimestamp } from '@billingrails/rpc';
import { DAY_MS } from '@billingrails/time';
import type { HandlerContext } from '@connectrpc/connect';
import { groupValues } from '../../domain/group';
import { valueText } from '../../outcomes/domain/verdict';
import { inSnapshot } from '../../store/snapshot';
import { outcomeTextOf, previewOf, type PreviewedEvent } from '../../usage/domain/preview';
import type { UsageRow } from '../../usage/domain/usage-table';
import { checkEventName, readAddedProfile } from '../domain/meter-draft';
import type { Profile } from '../domain/profile';
import { newestEvents, type PreviewScope } from '../use-cases/newest-events';
import { fromProfileDraft, toValue } from './meter-messages';

const EVENTS_DEFAULT = 1_000;
const EVENTS_MAX = 10_000;
const PERIOD_DEFAULT_MS = 30 * DAY_MS;

/** What previews need. */
export interface MeterPreviewContext {
  readonly mongo: Mongo;
  readonly ids: IdSource;
  readonly nowMs: () => number;
}

/** Counts a profile over stored events of its name, and changes nothing. */
export async function previewMeterCall(
  { mongo, ids, nowMs }: MeterPreviewContext,
  request: PreviewMeterRequest,
  call: HandlerContext,
): Promise<PreviewMeterResponse> {
  const { organisationId } = principalOf(call);
  const { eventName, profile: draft } = request;
  assert(draft !== undefined, 'the contract requires a profile');
  checkEventName(eventName);
  const valid = readAddedProfile(fromProfileDraft(draft));
  const createTimeMs = nowMs();
  const profile: Profile = { ...valid, id: ids.next('mpf'), number: 0, version: 1, createTimeMs };
  const scope = { organisationId, eventName, ...readScope(request, createTimeMs) };
  const { events, truncated } = await inSnapshot(mongo, (db, session) =>
    newestEvents(db, session, scope),
  );
  const preview = previewOf(profile, scope.period, events);
  return create(PreviewMeterResponseSchema, {
    eventCount: BigInt(preview.eventCount),
    countedCount: BigInt(preview.countedCount),
    filteredOutCount: BigInt(preview.filteredOutCount),
    unusableCount: BigInt(preview.unusableCount),
    usage: preview.usage.map(toUsage),
    events: preview.samples.map(toPreviewedEvent),
    truncated,
  });
}

function readScope(
  { accountIds, startTime, endTime, eventCountMax }: PreviewMeterRequest,
  nowMs: number,
): Pick<PreviewScope, 'accountIds' | 'period' | 'eventCountMax'> {
  const endMs = endTime === undefined ? nowMs : fromTimestamp(endTime, 'end_time');
  const startMs =
    startTime === undefined ? endMs - PERIOD_DEFAULT_MS : fromTimestamp(startTime, 'start_time');
  const violations: Violation[] = accountIds.flatMap((id, index) =>
    isAccountId(id)
      ? []
      : [{ field: `account_ids[${index}]`, description: 'is not the id of an account' }],
  );
  if (startMs >= endMs)
    violations.push({ field: 'end_time', description: 'must be after start_time' });
  if (violations.length > 0) {
    throw invalid('METER_PREVIEW_INVALID', 'The meter cannot be previewed as given.', violations);
  }
  return {
    accountIds: accountIds.filter(isAccountId),
    period: { startMs, endMs },
    eventCountMax: Math.min(eventCountMax || EVENTS_DEFAULT, EVENTS_MAX),
  };
}

function toUsage({ accountId, named, value, eventCount }: UsageRow) {
  const values = named === undefined ? [] : groupValues(named.group);
  return { accountId, group: values.map(toValue), value, eventCount: BigInt(eventCount) };
}

function toPreviewedEvent({ event, evaluation }: PreviewedEvent) {
  return {
    idempotencyKey: event.key,
    accountId: event.accountId,
    timestamp: toTimestamp(event.timestampMs),
    outcome: outcomeTextOf(evaluation),
    value: evaluation.kind === 'counted' ? valueText(evaluation.value) : '',
  };
}

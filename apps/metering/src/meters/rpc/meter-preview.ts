import type {
  PreviewMeterRequest,
  PreviewMeterResponse,
} from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { PreviewMeterResponseSchema } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import { create } from '@bufbuild/protobuf';
import { assert, invalid, type Violation } from '@billingrails/errors';
import { isAccountId, type AccountId, type IdSource, type OrganisationId } from '@billingrails/ids';
import type { Mongo } from '@billingrails/mongo';
import { fromTimestamp, principalOf, toTimestamp } from '@billingrails/rpc';
import { DAY_MS, type Period } from '@billingrails/time';
import type { HandlerContext } from '@connectrpc/connect';
import type { ClientSession, Db } from 'mongodb';
import { groupValues } from '../../domain/group';
import type { UsageEvent } from '../../events/domain/event';
import { accountsWithEvents } from '../../events/store/event-accounts';
import { listEvents } from '../../events/store/event-list';
import { valueText } from '../../outcomes/domain/verdict';
import { inSnapshot } from '../../store/snapshot';
import { outcomeTextOf, previewOf, type PreviewedEvent } from '../../usage/domain/preview';
import type { UsageRow } from '../../usage/domain/usage-table';
import { checkEventName, readAddedProfile } from '../domain/meter-draft';
import type { Profile } from '../domain/profile';
import { fromProfileDraft, toValue } from './meter-messages';

const EVENTS_DEFAULT = 1_000;
const EVENTS_MAX = 10_000;
const ACCOUNTS_MAX = 100;
const PERIOD_DEFAULT_MS = 30 * DAY_MS;

/** What previews need. */
export interface MeterPreviewContext {
  readonly mongo: Mongo;
  readonly ids: IdSource;
  readonly nowMs: () => number;
}

/** Which events are looked at. */
interface PreviewScope {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
  /** None: of all. */
  readonly accountIds: readonly AccountId[];
  readonly period: Period;
  readonly eventCountMax: number;
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

/** The newest standing events of each account, each account having an equal share, or more where others need less. */
async function newestEvents(
  db: Db,
  session: ClientSession,
  { organisationId, eventName, accountIds, period, eventCountMax }: PreviewScope,
): Promise<{ events: UsageEvent[]; truncated: boolean }> {
  const of = { organisationId, eventName, period };
  const found =
    accountIds.length > 0
      ? accountIds
      : await accountsWithEvents(db, session, of, ACCOUNTS_MAX + 1);
  const looked = found.slice(0, ACCOUNTS_MAX);
  const events: UsageEvent[] = [];
  let truncated = found.length > looked.length;
  for (const [index, accountId] of looked.entries()) {
    const share = Math.ceil((eventCountMax - events.length) / (looked.length - index));
    const list = { ...of, accountId, standingOnly: true, limit: share + 1 };
    const standing = await listEvents(db, session, list);
    truncated ||= standing.length > share;
    events.push(...standing.slice(0, share).map(({ event }) => event));
  }
  return { events, truncated };
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

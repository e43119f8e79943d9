import { ACCOUNT_ID, MONTH_END, MONTH_START, type Requests, type World } from '../story';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const thisMinuteMs = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS;

/** Meters, events and usage. */
export const usageRequests: Requests = {
  'MeterService.CreateMeter': (_world, label) => ({
    name: `${label} meter`,
    event_name: 'Song played',
    profiles: [profile('plays', label)],
  }),
  'MeterService.GetMeter': (world) => ({ meter_id: world.meter }),
  'MeterService.ListMeters': () => ({ include_archived: true }),
  'MeterService.UpdateMeter': (world, label) => ({
    meter_id: world.meter,
    name: `${label} meter renamed`,
  }),
  'MeterService.AddMeterProfile': (world, label) => ({
    meter_id: world.meter,
    profile: profile('other', label),
  }),
  'MeterService.ReviseMeterProfile': (world, label) => ({
    meter_id: world.meter,
    profile: profile('other', label),
    effective_time: MONTH_END,
  }),
  'EventService.IngestEvent': (_world, label) => event(label, 'one'),
  'EventService.IngestEvents': (_world, label) => ({
    events: [event(label, 'two'), event(label, 'three')],
  }),
  'EventService.VoidEvents': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, idempotency_keys: ['three'], request_id: 'void' },
    reason: `${label} reason`,
  }),
  'EventService.AmendEvent': (_world, label) => ({
    ...{ account_id: ACCOUNT_ID, event: event(`${label} amended`, 'two'), request_id: 'amend' },
    reason: `${label} reason`,
  }),
  'UsageService.QueryUsage': usageQuery,
  'UsageService.QueryAccountUsage': (world) => ({
    ...{ account_id: ACCOUNT_ID, idempotency_keys: ['one', 'two'] },
    questions: [{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END }],
  }),
  'UsageService.WatchUsage': (world) => ({ query: usageQuery(world) }),
  'UsageService.ExplainUsage': (world) => ({
    ...{ meter_id: world.meter, account_id: ACCOUNT_ID },
    ...{ start_time: MONTH_START, end_time: MONTH_END },
  }),
  'UsageService.VerifyUsage': (world) => ({
    ...{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END },
  }),
  'UsageService.RepairUsage': (world) => ({
    ...{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END },
  }),
  'UsageService.TellUsageChanges': () => ({ account_ids: [ACCOUNT_ID] }),
  'MeterService.PreviewMeter': (_world, label) => ({
    event_name: 'Song played',
    profile: profile('draft', label),
    ...{ start_time: MONTH_START, end_time: MONTH_END },
  }),
  'StoredEventService.ListEvents': () => ({ account_id: ACCOUNT_ID }),
  'StoredEventService.GetEvent': () => ({ idempotency_key: 'one' }),
  'StoredEventService.ListConflicts': () => ({}),
  'StoredEventService.ListCorrections': () => ({}),
  'StoredEventService.GetIngestReport': () => ({
    start_time: new Date(thisMinuteMs - DAY_MS).toISOString(),
    end_time: new Date(thisMinuteMs + DAY_MS).toISOString(),
  }),
  'StoredEventService.ListQuarantinedMessages': () => ({}),
  'StoredEventService.ReplayQuarantinedMessages': () => ({}),
};

function profile(code: string, label: string) {
  return { code, name: `${label} profile`, aggregation_method: 'AGGREGATION_METHOD_COUNT' };
}

function usageQuery(world: World) {
  return {
    ...{ meter_id: world.meter, start_time: MONTH_START, end_time: MONTH_END },
    wait_for_acknowledged: true,
  };
}

function event(label: string, key: string) {
  return {
    event_name: 'Song played',
    idempotency_key: key,
    timestamp: '2023-10-05T12:00:00Z',
    properties: { billingrails_account_id: ACCOUNT_ID, note: `${label} note` },
  };
}

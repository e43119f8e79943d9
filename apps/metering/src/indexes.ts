import type { IndexSpec } from '@billingrails/mongo';
import { BACKFILL_INDEXES } from './backfills/store/backfills';
import { CORRECTION_INDEXES } from './corrections/store/correction-documents';
import { PAST_MARK_INDEXES } from './changes/store/past-marks';
import { USAGE_CHANGE_INDEXES } from './changes/store/usage-changes';
import { EVENT_NAME_INDEXES } from './events/store/event-names';
import { SEGMENT_INDEXES } from './events/store/segments';
import { METER_INDEXES } from './meters/store/meters';
import { CONFLICT_INDEXES } from './outcomes/store/conflicts';
import { EVENT_COUNT_INDEXES } from './outcomes/store/event-counts';
import { QUARANTINE_INDEXES } from './outcomes/store/quarantine';
import { PURGE_MARK_INDEXES } from './partitions/store/purge-marks';
import { REPLICA_INDEXES } from './partitions/store/replicas';
import { RECOUNT_INDEXES } from './recounts/store/recounts';
import { UNIQUE_DAY_INDEXES } from './unique-values/store/unique-days';
import { UNIQUE_VALUE_INDEXES } from './unique-values/store/unique-values';
import { USAGE_ADDITION_INDEXES } from './usage/store/usage-additions';
import { USAGE_DAY_INDEXES } from './usage/store/usage-day-doc';

/** All that must exist before the first transaction. Collections without an index of their own are named alone. */
export const INDEXES: readonly IndexSpec[] = [
  ...SEGMENT_INDEXES,
  ...EVENT_COUNT_INDEXES,
  ...USAGE_DAY_INDEXES,
  ...USAGE_ADDITION_INDEXES,
  ...UNIQUE_DAY_INDEXES,
  ...UNIQUE_VALUE_INDEXES,
  ...METER_INDEXES,
  ...BACKFILL_INDEXES,
  ...CONFLICT_INDEXES,
  ...CORRECTION_INDEXES,
  ...QUARANTINE_INDEXES,
  ...EVENT_NAME_INDEXES,
  ...RECOUNT_INDEXES,
  ...REPLICA_INDEXES,
  ...PURGE_MARK_INDEXES,
  ...USAGE_CHANGE_INDEXES,
  ...PAST_MARK_INDEXES,
  { collection: 'event_keys' },
  { collection: 'definitions' },
  { collection: 'partitions' },
  { collection: 'raw_horizon' },
];

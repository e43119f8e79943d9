import type { IndexSpec } from '@billingrails/mongo';
import { BACKFILL_INDEXES } from './backfills';
import { CONFLICT_INDEXES } from './conflicts';
import { CORRECTION_INDEXES } from './correction-documents';
import { EVENT_COUNT_INDEXES } from './event-counts';
import { EVENT_NAME_INDEXES } from './event-names';
import { METER_INDEXES } from './meters';
import { PURGE_MARK_INDEXES } from './purge-marks';
import { QUARANTINE_INDEXES } from './quarantine';
import { RECOUNT_INDEXES } from './recounts';
import { REPLICA_INDEXES } from './replicas';
import { SEGMENT_INDEXES } from './segments';
import { UNIQUE_DAY_INDEXES } from './unique-days';
import { UNIQUE_VALUE_INDEXES } from './unique-values';
import { USAGE_ADDITION_INDEXES } from './usage-additions';
import { USAGE_DAY_INDEXES } from './usage-days';

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
  { collection: 'event_keys' },
  { collection: 'definitions' },
  { collection: 'partitions' },
  { collection: 'raw_horizon' },
];

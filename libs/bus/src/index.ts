export { openBucket } from './buckets/bucket';
export type { Bucket, BucketOptions } from './buckets/bucket';
export type { BucketEntry, BucketWatch } from './buckets/bucket-watch';
export { connectBus } from './connect';
export type { Bus, BusOptions } from './connect';
export { decodeConsistencyToken, encodeConsistencyToken } from './consistency-token';
export { ACCOUNT_DELETED_SUBJECT, consumeAccountDeleted } from './consuming/account-deleted';
export { untilConsumed } from './consuming/consumed';
export type { ConsumedOptions } from './consuming/consumed';
export { consumeDurable, consumeDurableTogether } from './consuming/consume';
export type {
  ConsumeOptions,
  ConsumeTogetherOptions,
  Consumption,
  DeliveredMessage,
  NotHandled,
} from './consuming/consume';
export { CORRECTIONS_PER_MESSAGE_MAX, encodeCorrections } from './events/corrections';
export { assertDurable } from './streams/durability';
export type { DurabilityOptions } from './streams/durability';
export { busDomainError } from './errors';
export {
  decodeEventBatch,
  encodeEventBatches,
  encodeEventEntry,
  EVENT_BATCH_BYTES_MAX,
  joinEventEntries,
} from './events/event-batch';
export { EVENT_LIST_TAGS, EVENT_TAGS } from './events/event-tags';
export { readEventList } from './events/event-list';
export type { ReceivedEvent, ReceivedList } from './events/event-list';
export { readLane } from './consuming/lane';
export type { LaneMessage, LaneOptions } from './consuming/lane';
export { partitionOf, PARTITIONS_DEFAULT, partitionSubject } from './streams/partition';
export { lastSeqOf, purgeApplied, timeOfNext } from './streams/partition-state';
export { BATCH_MESSAGES_MAX, publishAtomic } from './publishing/publish';
export type { OutgoingMessage, PublishOptions } from './publishing/publish';
export { publishAllOnce, publishOnce, publishOutbox } from './publishing/publish-once';
export type { IdentifiedMessage } from './publishing/publish-once';
export { CHANGE_KINDS } from './changes/change-kinds';
export type { ChangeKind, ChangeType } from './changes/change-kinds';
export { objectChanged } from './changes/object-changed';
export type { Change, ChangeMessage } from './changes/object-changed';
export {
  AUDIT,
  BILLING,
  CHANGES,
  ensureStream,
  EVENTS,
  METERING,
  partitionsOf,
  USAGE,
} from './streams/streams';
export type { StreamDefinition, StreamOptions } from './streams/streams';

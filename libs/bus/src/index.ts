export { openBucket } from './bucket';
export type { Bucket, BucketOptions } from './bucket';
export type { BucketEntry, BucketWatch } from './bucket-watch';
export { connectBus } from './connect';
export type { Bus, BusOptions } from './connect';
export { decodeConsistencyToken, encodeConsistencyToken } from './consistency-token';
export { untilConsumed } from './consumed';
export type { ConsumedOptions } from './consumed';
export { consumeDurable, consumeDurableTogether } from './consume';
export type {
  ConsumeOptions,
  ConsumeTogetherOptions,
  Consumption,
  DeliveredMessage,
  NotHandled,
} from './consume';
export { CORRECTIONS_PER_MESSAGE_MAX, encodeCorrections } from './corrections';
export { assertDurable } from './durability';
export type { DurabilityOptions } from './durability';
export { busDomainError } from './errors';
export {
  decodeEventBatch,
  encodeEventBatches,
  encodeEventEntry,
  EVENT_BATCH_BYTES_MAX,
  joinEventEntries,
} from './event-batch';
export { EVENT_LIST_TAGS, EVENT_TAGS } from './event-tags';
export { readEventList } from './event-list';
export type { ReceivedEvent, ReceivedList } from './event-list';
export { readLane } from './lane';
export type { LaneMessage, LaneOptions } from './lane';
export { partitionOf, PARTITIONS_DEFAULT, partitionSubject } from './partition';
export { lastSeqOf, purgeApplied, timeOfNext } from './partition-state';
export { BATCH_MESSAGES_MAX, publishAtomic } from './publish';
export type { OutgoingMessage, PublishOptions } from './publish';
export { publishAllOnce, publishOnce } from './publish-once';
export type { IdentifiedMessage } from './publish-once';
export { BILLING, ensureStream, EVENTS, METERING, partitionsOf, STREAMS } from './streams';
export type { StreamDefinition, StreamOptions } from './streams';

export { keyOf } from './key';
export { readEvent, senderField, type EventRead, type ReadOptions } from './read-event';
export { SHAPE_NAMES, type ShapeName } from './shapes';
export type { EventDraft, JsonObject } from './event-draft';

/** A message of stream EVENTS that could not be taken as events. Kept whole, so that it can be replayed. */
export interface QuarantinedMessage {
  readonly partition: number;
  readonly seq: number;
  readonly data: Uint8Array;
  /** When the stream took it. */
  readonly streamTimeMs: number;
  /** What is wrong with it. */
  readonly problem: string;
}

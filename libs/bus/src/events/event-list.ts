import { fromBinary } from '@bufbuild/protobuf';
import {
  EventCorrectionSchema,
  type EventCorrection,
  type EventEnvelope,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { EVENT_LIST_TAGS, EVENT_TAGS } from './event-tags';

/**
 * An EventEnvelope as it came, with the very bytes of its entry in the EventList: such bytes in a row are an EventList.
 */
export interface ReceivedEvent extends Pick<
  EventEnvelope,
  'organisationId' | 'accountId' | 'eventName' | 'idempotencyKey' | 'timestampAssigned'
> {
  /** Exact wherever a JavaScript date has a value. */
  readonly timestampMs: number;
  readonly receiveTimeMs: number;
  /** A view of the list's bytes. */
  readonly properties: Uint8Array;
  /** Its tag, length and content: a view of the list's bytes. */
  readonly bytes: Uint8Array;
}

/** The content of an EventList. */
export interface ReceivedList {
  readonly events: ReceivedEvent[];
  readonly corrections: EventCorrection[];
}

/**
 * Reads an EventList field by field, in a fifth of the time that `fromBinary` takes, and tells where each event lies.
 * Throws RangeError on bytes that hold none. The tests hold it against the contract.
 */
export function readEventList(bytes: Uint8Array): ReceivedList {
  const reader = new Reader(bytes);
  const list: ReceivedList = { events: [], corrections: [] };
  while (reader.position < bytes.length) {
    const start = reader.position;
    const tag = reader.varint();
    if (tag === EVENT_LIST_TAGS.events) {
      list.events.push(readEnvelope(reader, start, reader.end(reader.varint())));
    } else if (tag === EVENT_LIST_TAGS.corrections) {
      list.corrections.push(fromBinary(EventCorrectionSchema, reader.bytes(reader.varint())));
    } else {
      reader.skip(tag);
    }
  }
  return list;
}

/** The fields of an envelope while it is read: as the contract has them when they are missing. */
type Draft = { -readonly [Field in keyof ReceivedEvent]: ReceivedEvent[Field] };

const NO_BYTES = new Uint8Array();

function readEnvelope(reader: Reader, start: number, end: number): ReceivedEvent {
  const event: Draft = {
    organisationId: '',
    accountId: '',
    eventName: '',
    idempotencyKey: '',
    timestampMs: 0,
    timestampAssigned: false,
    receiveTimeMs: 0,
    properties: NO_BYTES,
    bytes: reader.between(start, end),
  };
  while (reader.position < end) readField(reader, event);
  if (reader.position !== end) throw new RangeError('an event reaches beyond its end');
  return event;
}

function readField(reader: Reader, event: Draft): void {
  const tag = reader.varint();
  switch (tag) {
    case EVENT_TAGS.organisationId:
      event.organisationId = reader.text(reader.varint());
      break;
    case EVENT_TAGS.accountId:
      event.accountId = reader.text(reader.varint());
      break;
    case EVENT_TAGS.eventName:
      event.eventName = reader.text(reader.varint());
      break;
    case EVENT_TAGS.idempotencyKey:
      event.idempotencyKey = reader.text(reader.varint());
      break;
    case EVENT_TAGS.timestampMs:
      event.timestampMs = reader.varint();
      break;
    case EVENT_TAGS.timestampAssigned:
      event.timestampAssigned = reader.varint() !== 0;
      break;
    case EVENT_TAGS.receiveTimeMs:
      event.receiveTimeMs = reader.varint();
      break;
    case EVENT_TAGS.properties:
      event.properties = reader.bytes(reader.varint());
      break;
    default:
      reader.skip(tag);
  }
}

/** Steps through bytes in protobuf's wire format. */
class Reader {
  position = 0;
  readonly #bytes: Buffer;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where something that is `length` bytes long ends. */
  end(length: number): number {
    const end = this.position + length;
    if (length < 0 || end > this.#bytes.length) throw new RangeError('it is cut short');
    return end;
  }

  between(start: number, end: number): Uint8Array {
    return this.#bytes.subarray(start, end);
  }

  bytes(length: number): Uint8Array {
    const start = this.position;
    this.position = this.end(length);
    return this.#bytes.subarray(start, this.position);
  }

  text(length: number): string {
    const start = this.position;
    this.position = this.end(length);
    return this.#bytes.toString('utf8', start, this.position);
  }

  /** An int64; beyond 2^53 not to the last digit. */
  varint(): number {
    let value = 0;
    let scale = 1;
    // Seven bytes hold what a double holds exactly; what is longer is negative or enormous, and rare.
    for (let length = 0; length < 7; length += 1) {
      const byte = this.#byte();
      if (byte < 0x80) return value + byte * scale;
      value += (byte & 0x7f) * scale;
      scale *= 0x80;
    }
    let bits = BigInt(value);
    for (let shift = 49n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      bits |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number(BigInt.asIntN(64, bits));
    }
    throw new RangeError('a number has no end');
  }

  /** Steps over a field that is not known. */
  skip(tag: number): void {
    switch (tag & 7) {
      case 0:
        this.varint();
        break;
      case 1:
        this.bytes(8);
        break;
      case 2:
        this.bytes(this.varint());
        break;
      case 5:
        this.bytes(4);
        break;
      default:
        throw new RangeError(`tag ${tag} is none`);
    }
  }

  #byte(): number {
    const byte = this.#bytes[this.position];
    if (byte === undefined) throw new RangeError('it is cut short');
    this.position += 1;
    return byte;
  }
}

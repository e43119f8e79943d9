import { isUtf8 } from 'node:buffer';
import { only, notLean } from './not-lean';
import type { Form, LeanContext, AcceptedEvents } from './accepted-events';
import { isPlainAscii } from './properties';

const QUOTE = 0x22;

/** No value is longer as JSON than so many times its length: a double of 24 characters takes eleven bytes. */
const GROWTH_MAX = 4;

/** Reads a lean request in protobuf's wire format. Throws `notLean` where it is none. */
export class ProtoReader {
  #input: Buffer = Buffer.alloc(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  #at = 0;

  constructor(private readonly events: AcceptedEvents) {}

  read(input: Buffer, context: LeanContext, form: Form): void {
    this.#input = input;
    this.#view = new DataView(input.buffer, input.byteOffset, input.byteLength);
    this.#at = 0;
    this.events.begin(GROWTH_MAX * input.length);
    if (form.isSingle) return this.#event(input.length, context, form);
    while (this.#at < input.length) {
      only(this.#byte() === 0x0a);
      this.events.beginEvent();
      this.#event(this.#end(input.length), context, form);
    }
  }

  #event(end: number, context: LeanContext, form: Form): void {
    let seen = 0;
    while (this.#at < end) {
      const tag = this.#byte();
      // Tags here are at most 0x22: each has a bit, and none comes twice.
      only(tag < 0x28 && (seen & (1 << (tag >> 3))) === 0);
      seen |= 1 << (tag >> 3);
      this.#field(tag, this.#end(end));
    }
    only(this.#at === end);
    this.events.endEvent(context, form);
  }

  #field(tag: number, end: number): void {
    const { events } = this;
    switch (tag) {
      case 0x0a:
        events.eventName = this.#name(end);
        return;
      case 0x12:
        return this.#struct(end);
      case 0x1a:
        events.idempotencyKey = this.#name(end);
        return;
      case 0x22:
        events.timestampMs = this.#timestamp(end);
        return;
      default:
        throw notLean;
    }
  }

  #timestamp(end: number): number {
    let seconds = 0;
    let nanos = 0;
    if (this.#at < end && this.#input[this.#at] === 0x08) {
      this.#at += 1;
      seconds = this.#varint();
    }
    if (this.#at < end && this.#input[this.#at] === 0x10) {
      this.#at += 1;
      nanos = this.#varint();
    }
    only(this.#at === end && nanos < 1_000_000_000);
    return seconds * 1_000 + Math.floor(nanos / 1_000_000);
  }

  #struct(end: number): void {
    const { properties } = this.events;
    const outer = properties.beginObject();
    for (let isFirst = true; this.#at < end; isFirst = false) {
      if (!isFirst) properties.separate();
      only(this.#byte() === 0x0a);
      const entryEnd = this.#end(end);
      only(this.#byte() === 0x0a);
      const keyEnd = this.#end(entryEnd);
      properties.key(this.#input, this.#at, keyEnd);
      this.#at = keyEnd;
      only(this.#byte() === 0x12 && this.#end(entryEnd) === entryEnd);
      properties.beginValue();
      this.#value(entryEnd);
      properties.endValue();
    }
    only(this.#at === end);
    properties.endObject(outer);
  }

  /** A Value with one kind, set once. */
  #value(end: number): void {
    const { properties } = this.events;
    switch (this.#byte()) {
      case 0x08:
        only(this.#byte() === 0);
        properties.json.ascii('null');
        break;
      case 0x11:
        only(this.#at + 8 === end);
        properties.number(this.#view.getFloat64(this.#at, true));
        this.#at = end;
        break;
      case 0x1a:
        only(this.#end(end) === end);
        this.#text(end);
        break;
      case 0x20:
        properties.json.ascii(this.#boolean() ? 'true' : 'false');
        break;
      case 0x2a:
        only(this.#end(end) === end);
        this.#struct(end);
        break;
      case 0x32:
        only(this.#end(end) === end);
        this.#list(end);
        break;
      default:
        throw notLean;
    }
    only(this.#at === end);
  }

  #list(end: number): void {
    const { properties } = this.events;
    properties.beginList();
    for (let isFirst = true; this.#at < end; isFirst = false) {
      if (!isFirst) properties.separate();
      only(this.#byte() === 0x0a);
      this.#value(this.#end(end));
    }
    properties.endList();
  }

  #boolean(): boolean {
    const byte = this.#byte();
    only(byte <= 1);
    return byte === 1;
  }

  /** A string that needs no escapes. */
  #text(end: number): void {
    const input = this.#input;
    const start = this.#at;
    const { json } = this.events.properties;
    const { bytes } = json;
    let to = json.length;
    let all = 0;
    bytes[to++] = QUOTE;
    for (let from = start; from < end; from += 1) {
      const byte = input[from] as number;
      only(byte >= 0x20 && byte !== QUOTE && byte !== 0x5c);
      all |= byte;
      bytes[to++] = byte;
    }
    bytes[to++] = QUOTE;
    // A byte order mark at the beginning would be taken for none of the text.
    if (all >= 0x80) only(input[start] !== 0xef && isUtf8(input.subarray(start, end)));
    json.length = to;
    this.#at = end;
  }

  /** A string of plain ASCII. */
  #name(end: number): string {
    const input = this.#input;
    const start = this.#at;
    for (let at = start; at < end; at += 1) only(isPlainAscii(input[at] as number));
    this.#at = end;
    return input.toString('latin1', start, end);
  }

  /** Reads a length; where what is so long ends, which is within `limit`. */
  #end(limit: number): number {
    const length = this.#varint();
    const end = this.#at + length;
    only(end <= limit);
    return end;
  }

  /** Up to 2^42, which is more than anything here. */
  #varint(): number {
    let value = 0;
    for (let scale = 1; scale < 2 ** 42; scale *= 0x80) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw notLean;
  }

  #byte(): number {
    const byte = this.#input[this.#at];
    only(byte !== undefined);
    this.#at += 1;
    return byte;
  }
}

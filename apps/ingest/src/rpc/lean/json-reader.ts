import { isUtf8 } from 'node:buffer';
import { isExactNumber } from '@billingrails/rpc';
import { readInstant } from './instant';
import { only, notLean } from './not-lean';
import type { Form, LeanContext, AcceptedEvents } from './accepted-events';
import { isDigit, isPlainAscii } from './properties';

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const MINUS = 0x2d;
const POINT = 0x2e;
const DIGIT0 = 0x30;

/** A decimal of so many characters is the shortest that stands for its double, if it ends in no zero. */
const EXACT_CHARACTERS_MAX = 15;

/** No value is longer as canonical JSON than so many times its length: 1e15. */
const GROWTH_MAX = 4;

/** Reads a lean request in JSON, a byte after the other. Throws `notLean` where it is none. */
export class JsonReader {
  #input: Buffer = Buffer.alloc(0);
  #at = 0;

  constructor(private readonly events: AcceptedEvents) {}

  read(input: Buffer, context: LeanContext, form: Form): void {
    only(isUtf8(input));
    this.#input = input;
    this.#at = 0;
    this.events.begin(GROWTH_MAX * input.length);
    this.#space();
    if (form.isSingle) this.#event(context, form);
    else this.#list(context, form);
    this.#space();
    only(this.#at === input.length);
  }

  #list(context: LeanContext, form: Form): void {
    this.#token(0x7b);
    this.#space();
    this.#constant('"events"');
    this.#token(COLON);
    this.#token(0x5b);
    do {
      this.events.beginEvent();
      this.#event(context, form);
    } while (this.#next(0x5d));
    only(!this.#next(0x7d));
  }

  #event(context: LeanContext, form: Form): void {
    this.#token(0x7b);
    let seen = 0;
    do {
      this.#space();
      const field = this.#field();
      only((seen & field) === 0);
      seen |= field;
    } while (this.#next(0x7d));
    this.events.endEvent(context, form);
  }

  /** Reads a field; returns a bit that stands for it. */
  #field(): number {
    const { events } = this;
    // The first letter tells which it can be.
    switch (this.#input[this.#at + 1]) {
      case 0x65:
        this.#constant('"event_name"');
        this.#token(COLON);
        events.eventName = this.#name();
        return 1;
      case 0x69:
        this.#constant('"idempotency_key"');
        this.#token(COLON);
        events.idempotencyKey = this.#name();
        return 2;
      case 0x74:
        this.#constant('"timestamp"');
        this.#token(COLON);
        events.timestampMs = this.#instant();
        return 4;
      case 0x70:
        this.#constant('"properties"');
        this.#token(COLON);
        only(this.#peek() === 0x7b);
        this.#object();
        return 8;
      default:
        throw notLean;
    }
  }

  #instant(): number {
    this.#token(QUOTE);
    const start = this.#at;
    const end = this.#input.indexOf(QUOTE, start);
    only(end > 0);
    this.#at = end + 1;
    const timestampMs = readInstant(this.#input, start, end);
    only(timestampMs >= 0);
    return timestampMs;
  }

  #value(): void {
    const first = this.#peek();
    switch (first) {
      case QUOTE:
        return this.#text();
      case 0x7b:
        return this.#object();
      case 0x5b:
        return this.#array();
      case 0x74:
        return this.#word('true');
      case 0x66:
        return this.#word('false');
      case 0x6e:
        return this.#word('null');
      default:
        only(first === MINUS || isDigit(first));
        this.#number();
    }
  }

  #object(): void {
    const { properties } = this.events;
    const outer = properties.beginObject();
    this.#at += 1;
    if (this.#peek() === 0x7d) this.#at += 1;
    else
      do {
        this.#token(QUOTE);
        const end = plainEnd(this.#input, this.#at);
        properties.key(this.#input, this.#at, end);
        this.#at = end + 1;
        this.#token(COLON);
        properties.beginValue();
        this.#value();
        properties.endValue();
      } while (this.#next(0x7d) && properties.separate());
    properties.endObject(outer);
  }

  #array(): void {
    const { properties } = this.events;
    properties.beginList();
    this.#at += 1;
    if (this.#peek() === 0x5d) this.#at += 1;
    else
      do this.#value();
      while (this.#next(0x5d) && properties.separate());
    properties.endList();
  }

  #word(word: string): void {
    this.#constant(word);
    this.events.properties.json.ascii(word);
  }

  #constant(text: string): void {
    const input = this.#input;
    const at = this.#at;
    for (let index = 0; index < text.length; index += 1)
      only(input[at + index] === text.charCodeAt(index));
    this.#at = at + text.length;
  }

  /** A string without escapes. */
  #text(): void {
    const input = this.#input;
    const { bytes, length } = this.events.properties.json;
    let from = this.#at + 1;
    let to = length;
    bytes[to++] = QUOTE;
    for (; ; from += 1) {
      const byte = input[from] as number;
      bytes[to++] = byte;
      if (byte === QUOTE) break;
      // Also where the input ends: undefined is not greater than anything.
      only(byte >= 0x20 && byte !== 0x5c);
    }
    this.events.properties.json.length = to;
    this.#at = from + 1;
  }

  #number(): void {
    const input = this.#input;
    const start = this.#at;
    const { properties } = this.events;
    let at = start;
    if (input[at] === MINUS) at += 1;
    const whole = at;
    at = digitsEnd(input, at);
    only(at > whole && (input[whole] !== DIGIT0 || at === whole + 1));
    let isExact = input[whole] !== DIGIT0;
    if (input[at] === POINT) {
      const fraction = at + 1;
      at = digitsEnd(input, fraction);
      only(at > fraction);
      // Below 0.1 an exponent may be shorter.
      isExact = input[at - 1] !== DIGIT0 && (isExact || input[fraction] !== DIGIT0);
    }
    if (((input[at] as number) | 0x20) === 0x65) {
      at += 1;
      if (input[at] === MINUS || input[at] === 0x2b) at += 1;
      const exponent = at;
      at = digitsEnd(input, exponent);
      only(at > exponent);
      isExact = false;
    }
    this.#at = at;
    if (isExact && at - start <= EXACT_CHARACTERS_MAX) properties.json.copy(input, start, at);
    else {
      const literal = input.toString('latin1', start, at);
      only(isExactNumber(literal));
      properties.number(Number(literal));
    }
  }

  /** A string of plain ASCII. */
  #name(): string {
    this.#token(QUOTE);
    const input = this.#input;
    const start = this.#at;
    const end = plainEnd(input, start);
    this.#at = end + 1;
    return input.toString('latin1', start, end);
  }

  /** After a member or a value: whether a comma follows, and with it another; else it must be `closing`. */
  #next(closing: number): boolean {
    const byte = this.#peek();
    this.#at += 1;
    if (byte === COMMA) return true;
    only(byte === closing);
    return false;
  }

  #token(byte: number): void {
    only(this.#peek() === byte);
    this.#at += 1;
  }

  #peek(): number {
    this.#space();
    return this.#input[this.#at] as number;
  }

  #space(): void {
    const input = this.#input;
    for (;;) {
      const byte = input[this.#at] as number;
      if (byte !== 0x20 && byte !== 0x0a && byte !== 0x0d && byte !== 0x09) return;
      this.#at += 1;
    }
  }
}

/** Where the string that begins at `start` ends: plain ASCII up to its quote. */
function plainEnd(input: Uint8Array, start: number): number {
  let end = start;
  while (isPlainAscii(input[end] as number)) end += 1;
  only(input[end] === QUOTE);
  return end;
}

function digitsEnd(input: Uint8Array, start: number): number {
  let at = start;
  while (isDigit(input[at] as number)) at += 1;
  return at;
}

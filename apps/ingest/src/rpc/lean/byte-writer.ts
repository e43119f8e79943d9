const INT32_MAX = 0x7fff_ffff;

/** Bytes that are written one after the other, into memory that is used again and again. */
export class ByteWriter {
  bytes: Buffer;
  length = 0;

  constructor(bytes = 64 * 1024) {
    this.bytes = Buffer.allocUnsafeSlow(bytes);
  }

  /** Makes room for `count` more. Every other method takes it for made. */
  reserve(count: number): void {
    if (this.length + count <= this.bytes.length) return;
    const larger = Buffer.allocUnsafeSlow(2 * (this.length + count));
    this.bytes.copy(larger, 0, 0, this.length);
    this.bytes = larger;
  }

  byte(value: number): void {
    this.bytes[this.length] = value;
    this.length += 1;
  }

  /** Text of one byte a character. */
  ascii(text: string): void {
    const { bytes } = this;
    let at = this.length;
    for (let index = 0; index < text.length; index += 1) bytes[at++] = text.charCodeAt(index);
    this.length = at;
  }

  /** `source` from `start` up to `end`. */
  copy(source: Buffer, start: number, end: number): void {
    source.copy(this.bytes, this.length, start, end);
    this.length += end - start;
  }

  /** A whole number up to 2^53 as protobuf's varint. */
  varint(value: number): void {
    let rest = value;
    for (; rest > INT32_MAX; rest = Math.floor(rest / 0x80)) this.byte((rest & 0x7f) | 0x80);
    for (; rest > 0x7f; rest >>>= 7) this.byte((rest & 0x7f) | 0x80);
    this.byte(rest);
  }

  /** A tag and a text of one byte a character, as protobuf writes them. */
  field(tag: number, text: string): void {
    this.byte(tag);
    this.varint(text.length);
    this.ascii(text);
  }

  /** A tag and a whole number, left out when it is 0. */
  number(tag: number, value: number): void {
    if (value === 0) return;
    this.byte(tag);
    this.varint(value);
  }

  /** `value`, from 0 on, in decimal digits, zeros before it up to `count`. */
  digits(value: number, count: number): void {
    let rest = value;
    for (let at = this.length + count - 1; at >= this.length; at -= 1) {
      this.bytes[at] = 0x30 + (rest % 10);
      rest = Math.floor(rest / 10);
    }
    this.length += count;
  }
}

/** How many bytes `value` takes as a varint. */
export function varintBytes(value: number): number {
  let count = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 0x80)) count += 1;
  return count;
}

import { limits } from '../../domain/event';
import { numberProblem } from '../../domain/property-number';
import { ByteWriter } from './byte-writer';
import { only } from './not-lean';

const QUOTE = 0x22;
const COMMA = 0x2c;
const MINUS = 0x2d;

const KEYS_IN_OBJECT_MAX = 64;
const SHORT_CHARACTERS_MAX = 15;
const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The properties of one event while they are read: compact JSON, written value by value. It refuses what is not lean:
 * keys that are not short printable ASCII, that come twice, that begin with a digit (a JavaScript object would put
 * them elsewhere) or with an underscore twice, and what passes the limits.
 */
export class Properties {
  readonly json = new ByteWriter();
  #keys = 0;
  #depth = 0;
  /** Hashes of the keys of the objects that are open; of each, those from `base` on. */
  readonly #hashes = new Int32Array(limits.propertiesKeysMax);
  #base = 0;
  #open = 0;
  /** Of the outermost object's members: where the value begins and ends in `json`. */
  #members = 0;
  readonly #memberHashes = new Int32Array(KEYS_IN_OBJECT_MAX);
  readonly #valueStarts = new Int32Array(KEYS_IN_OBJECT_MAX);
  readonly #valueEnds = new Int32Array(KEYS_IN_OBJECT_MAX);

  clear(): void {
    this.json.length = 0;
    this.#keys = 0;
    this.#depth = 0;
    this.#base = 0;
    this.#open = 0;
    this.#members = 0;
  }

  /** Begins an object; what it returns goes to `endObject`. */
  beginObject(): number {
    this.#enter(0x7b);
    const outer = this.#base;
    this.#base = this.#open;
    return outer;
  }

  endObject(outer: number): void {
    this.#open = this.#base;
    this.#base = outer;
    this.#leave(0x7d);
  }

  beginList(): void {
    this.#enter(0x5b);
  }

  endList(): void {
    this.#leave(0x5d);
  }

  /** Before a member or a list's value that is not the first. */
  separate(): true {
    this.json.byte(COMMA);
    return true;
  }

  /** Writes a key, `source` from `start` up to where `end` says it ends, and the colon. */
  key(source: Uint8Array, start: number, end: number): void {
    const { json } = this;
    only(end > start && end - start <= limits.propertyKeyCharactersMax);
    const first = source[start] as number;
    only(!isDigit(first));
    only(first !== 0x5f || source[start + 1] !== 0x5f);
    const { bytes } = json;
    let hash = FNV_OFFSET;
    let to = json.length;
    bytes[to++] = QUOTE;
    for (let at = start; at < end; at += 1) {
      const byte = source[at] as number;
      only(isPlainAscii(byte));
      hash = Math.imul(hash ^ byte, FNV_PRIME);
      bytes[to++] = byte;
    }
    bytes[to++] = QUOTE;
    bytes[to++] = 0x3a;
    json.length = to;
    this.#remember(hash);
  }

  /** Notes where a member's value begins, if the member is one of the outermost object. */
  beginValue(): void {
    if (this.#depth === 1) this.#valueStarts[this.#members] = this.json.length;
  }

  endValue(): void {
    if (this.#depth !== 1) return;
    this.#valueEnds[this.#members] = this.json.length;
    this.#members += 1;
  }

  number(value: number): void {
    const text = String(value);
    // Such a text has neither an exponent nor too many digits.
    const isShort = text.length <= SHORT_CHARACTERS_MAX && Math.abs(value) >= 1;
    only((isShort && Math.abs(value) < 1e15) || numberProblem(value) === undefined);
    this.json.ascii(text);
  }

  /** Which member of the outermost object has this key; -1: none. */
  memberOf(key: string): number {
    let hash = FNV_OFFSET;
    for (let at = 0; at < key.length; at += 1) {
      hash = Math.imul(hash ^ key.charCodeAt(at), FNV_PRIME);
    }
    const member = this.#memberHashes.indexOf(hash);
    if (member < 0 || member >= this.#members) return -1;
    const { bytes } = this.json;
    // The key, in quotes and with its colon, is before the value.
    const start = (this.#valueStarts[member] as number) - key.length - 2;
    for (let at = 0; at < key.length; at += 1)
      if (bytes[start + at] !== key.charCodeAt(at)) return -1;
    return bytes[start - 1] === QUOTE ? member : -1;
  }

  /** The value of a member if it is a string; undefined if it is none, or there is no such member. */
  textOf(member: number): string | undefined {
    const start = this.#valueStarts[member];
    const end = this.#valueEnds[member];
    if (start === undefined || end === undefined || this.json.bytes[start] !== QUOTE)
      return undefined;
    return this.json.bytes.toString('utf8', start + 1, end - 1);
  }

  /** Whether a member's value is a number or null. */
  isNumberOrNull(member: number): boolean {
    const first = this.json.bytes[this.#valueStarts[member] as number] as number;
    return isDigit(first) || first === MINUS || first === 0x6e;
  }

  #enter(bracket: number): void {
    this.#depth += 1;
    only(this.#depth <= limits.propertiesDepthMax);
    this.json.byte(bracket);
  }

  #leave(bracket: number): void {
    this.#depth -= 1;
    this.json.byte(bracket);
  }

  #remember(hash: number): void {
    const hashes = this.#hashes;
    const base = this.#base;
    const open = this.#open;
    this.#keys += 1;
    only(this.#keys <= limits.propertiesKeysMax && open - base < KEYS_IN_OBJECT_MAX);
    // Two keys with one hash are taken for one key that comes twice.
    for (let index = base; index < open; index += 1) only(hashes[index] !== hash);
    hashes[open] = hash;
    this.#open = open + 1;
    if (this.#depth === 1) this.#memberHashes[this.#members] = hash;
  }
}

/** Whether it stands for itself in JSON and in a name. */
export function isPlainAscii(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f && byte !== QUOTE && byte !== 0x5c;
}

export function isDigit(byte: number): boolean {
  return byte >= 0x30 && byte <= 0x39;
}

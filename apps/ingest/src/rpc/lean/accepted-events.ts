import { EVENT_LIST_TAGS, EVENT_TAGS, partitionOf } from '@billingrails/bus';
import { readQuantity, type PropertyPath } from '@billingrails/filters';
import { isAccountId, type OrganisationId } from '@billingrails/ids';
import type { AcceptanceContext } from '../../domain/accept-event';
import { limits } from '../../domain/event';
import type { NumberRule } from '../../domain/number-rules';
import type { EntriesByPartition } from '../../publishing/envelopes';
import { ByteWriter, varintBytes } from './byte-writer';
import { writeInstant } from './instant';
import { only } from './not-lean';
import { Properties } from './properties';

/** For whom events are read, and what they are judged by. */
export interface LeanContext extends AcceptanceContext {
  readonly organisationId: OrganisationId;
  readonly partitions: number;
}

/** In what a request came, and its answer goes. */
export interface Form {
  readonly encoding: 'proto' | 'json';
  /** Whether it is one event, not a list. */
  readonly isSingle: boolean;
}

/** An entry's or an answer's names, ids, tags, lengths and times at their longest. */
const OVERHEAD_BYTES_MAX = 1_024;

/**
 * Gathers the events of one request while they are read. It is used for one request after the other, so that a request
 * costs no memory but what it leaves behind.
 */
export class AcceptedEvents {
  /** What the event that is being read says, besides its properties. */
  eventName = '';
  idempotencyKey = '';
  /** Undefined: the time of arrival. */
  timestampMs: number | undefined;
  readonly properties = new Properties();

  readonly #entries = new ByteWriter();
  readonly #answers = new ByteWriter();
  #partitions: number[] = [];
  #ends: number[] = [];
  readonly #keys = new Set<string>();

  /** `bytesMax`: the properties of no event will be longer. */
  begin(bytesMax: number): void {
    this.#entries.length = 0;
    this.#answers.length = 0;
    this.#partitions = [];
    this.#ends = [];
    this.#keys.clear();
    this.properties.json.length = 0;
    this.properties.json.reserve(bytesMax);
    this.beginEvent();
  }

  beginEvent(): void {
    this.eventName = '';
    this.idempotencyKey = '';
    this.timestampMs = undefined;
    this.properties.clear();
  }

  /** Takes the event that was read, if it is one that `acceptEvent` takes. */
  endEvent(context: LeanContext, { encoding }: Form): void {
    const { eventName, properties } = this;
    const keys = this.#keys;
    const idempotencyKey = this.idempotencyKey === '' ? context.nextKey() : this.idempotencyKey;
    only(eventName !== '' && eventName.length <= limits.eventNameCharactersMax);
    only(idempotencyKey.length <= limits.idempotencyKeyCharactersMax);
    only(properties.json.length <= limits.propertiesBytesMax);
    const path = context.accountPathOf(eventName);
    const accountId = properties.textOf(this.#memberAt(path));
    only(accountId !== undefined && path.length === 1 && isAccountId(accountId));
    for (const rule of context.numberRulesOf(eventName)) this.#checkNumber(rule);
    const timestampMs = this.timestampMs ?? context.nowMs;
    only(timestampMs >= 0 && timestampMs <= context.nowMs + limits.futureMsMax);
    // A key that is there already does not make them more.
    only(keys.add(idempotencyKey).size > this.#ends.length && keys.size <= limits.eventsMax);
    this.#writeEntry(context, accountId, idempotencyKey, timestampMs);
    this.#partitions.push(partitionOf(context.organisationId, accountId, context.partitions));
    this.#ends.push(this.#entries.length);
    this.#answers.reserve(OVERHEAD_BYTES_MAX);
    if (encoding === 'proto') this.#answerProto(idempotencyKey, timestampMs);
    else this.#answerJson(idempotencyKey, timestampMs);
  }

  /** Where a path begins; -1 where the properties have nothing there. */
  #memberAt([property = '']: PropertyPath): number {
    return this.properties.memberOf(property);
  }

  /** As `numberFaults`, whatever the rule's filter says. */
  #checkNumber({ path }: NumberRule): void {
    const member = this.#memberAt(path);
    if (member < 0) return;
    only(path.length === 1);
    if (this.properties.isNumberOrNull(member)) return;
    only(typeof readQuantity(this.properties.textOf(member)) === 'bigint');
  }

  /** How many were taken. */
  get count(): number {
    return this.#ends.length;
  }

  /** The entries, ordered by partition, in memory of the request's own. */
  takeEntries(): EntriesByPartition {
    const partitions = this.#partitions;
    const ends = this.#ends;
    const entries = this.#entries;
    only(ends.length > 0);
    const sizes = new Map<number, number>();
    for (let index = 0, start = 0; index < ends.length; index += 1) {
      const [partition, end] = [partitions[index] as number, ends[index] as number];
      sizes.set(partition, (sizes.get(partition) ?? 0) + end - start);
      start = end;
    }
    const own = Buffer.allocUnsafeSlow(entries.length);
    const places = new Map<number, number>();
    const taken = new Map<number, readonly Uint8Array[]>();
    let place = 0;
    for (const [partition, size] of sizes) {
      places.set(partition, place);
      taken.set(partition, [own.subarray(place, place + size)]);
      place += size;
    }
    for (let index = 0, start = 0; index < ends.length; index += 1) {
      const [partition, end] = [partitions[index] as number, ends[index] as number];
      const to = places.get(partition) as number;
      entries.bytes.copy(own, to, start, end);
      places.set(partition, to + end - start);
      start = end;
    }
    return taken;
  }

  /** The answer, all but its token, in memory of the request's own. */
  takeAnswer({ encoding, isSingle }: Form): (consistencyToken: string) => Uint8Array {
    const { bytes, length } = this.#answers;
    const events = Buffer.from(bytes.subarray(0, length));
    if (encoding === 'proto') {
      return (token) => {
        const writer = new ByteWriter(token.length + 8);
        writer.field(0x12, token);
        return Buffer.concat([events, writer.bytes.subarray(0, writer.length)]);
      };
    }
    const [before, after] = isSingle ? ['{"event":', ''] : ['{"events":[', ']'];
    return (token) =>
      Buffer.concat([
        Buffer.from(before),
        events,
        Buffer.from(`${after},"consistency_token":"${token}"}`),
      ]);
  }

  /** As the bus writes an envelope; the tests hold the two against each other. */
  #writeEntry(
    { organisationId, nowMs }: LeanContext,
    accountId: string,
    idempotencyKey: string,
    timestampMs: number,
  ): void {
    const { eventName } = this;
    const entries = this.#entries;
    const { bytes, length } = this.properties.json;
    const isAssigned = this.timestampMs === undefined;
    entries.reserve(length + OVERHEAD_BYTES_MAX);
    entries.byte(EVENT_LIST_TAGS.events);
    entries.varint(
      textBytes(organisationId) +
        textBytes(accountId) +
        textBytes(eventName) +
        textBytes(idempotencyKey) +
        numberBytes(timestampMs) +
        numberBytes(isAssigned ? 1 : 0) +
        numberBytes(nowMs) +
        1 +
        varintBytes(length) +
        length,
    );
    entries.field(EVENT_TAGS.organisationId, organisationId);
    entries.field(EVENT_TAGS.accountId, accountId);
    entries.field(EVENT_TAGS.eventName, eventName);
    entries.field(EVENT_TAGS.idempotencyKey, idempotencyKey);
    entries.number(EVENT_TAGS.timestampMs, timestampMs);
    entries.number(EVENT_TAGS.timestampAssigned, isAssigned ? 1 : 0);
    entries.number(EVENT_TAGS.receiveTimeMs, nowMs);
    entries.byte(EVENT_TAGS.properties);
    entries.varint(length);
    entries.copy(bytes, 0, length);
  }

  /** An `IngestedEvent` in field 1, where both answers have it. */
  #answerProto(idempotencyKey: string, timestampMs: number): void {
    const answers = this.#answers;
    const nanos = (timestampMs % 1_000) * 1_000_000;
    const seconds = Math.floor(timestampMs / 1_000);
    const timeBytes = numberBytes(seconds) + numberBytes(nanos);
    answers.byte(0x0a);
    answers.varint(textBytes(idempotencyKey) + 2 + timeBytes + numberBytes(1));
    answers.field(0x0a, idempotencyKey);
    answers.byte(0x12);
    answers.varint(timeBytes);
    answers.number(0x08, seconds);
    answers.number(0x10, nanos);
    answers.number(0x18, QUEUED);
  }

  #answerJson(idempotencyKey: string, timestampMs: number): void {
    const answers = this.#answers;
    answers.ascii(answers.length === 0 ? '{"idempotency_key":"' : ',{"idempotency_key":"');
    answers.ascii(idempotencyKey);
    answers.ascii('","timestamp":"');
    writeInstant(answers, timestampMs);
    answers.ascii('","status":"INGEST_STATUS_QUEUED"}');
  }
}

/** IngestStatus.QUEUED. */
const QUEUED = 1;

/** Of a text with its tag and length. */
function textBytes(text: string): number {
  return 1 + varintBytes(text.length) + text.length;
}

/** Of a number with its tag, which is left out when it is 0. */
function numberBytes(value: number): number {
  return value === 0 ? 0 : 1 + varintBytes(value);
}

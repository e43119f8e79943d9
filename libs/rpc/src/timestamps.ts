import { create } from '@bufbuild/protobuf';
import { TimestampSchema, type Timestamp } from '@bufbuild/protobuf/wkt';
import { assert, invalid } from '@billingrails/errors';

/** 0001-01-01T00:00:00Z, the first instant a Timestamp can hold. */
const SECONDS_MIN = -62_135_596_800n;
/** 9999-12-31T23:59:59Z, the last second a Timestamp can hold. */
const SECONDS_MAX = 253_402_300_799n;

const MS_MIN = Number(SECONDS_MIN) * 1_000;
const MS_MAX = Number(SECONDS_MAX) * 1_000 + 999;

/** The instant as a Timestamp. `timestampMs` must be a whole number in the years 1 to 9999: anything else is a bug. */
export function toTimestamp(timestampMs: number): Timestamp {
  assert(
    Number.isInteger(timestampMs) && timestampMs >= MS_MIN && timestampMs <= MS_MAX,
    `${timestampMs} is an instant in milliseconds`,
  );
  const millisecond = ((timestampMs % 1_000) + 1_000) % 1_000;
  return create(TimestampSchema, {
    seconds: BigInt((timestampMs - millisecond) / 1_000),
    nanos: millisecond * 1_000_000,
  });
}

/**
 * The instant in epoch milliseconds; what is finer is cut off towards the past, also before 1970. Throws a DomainError
 * that names `field` when the value is no valid Timestamp (years 1 to 9999, nanos from 0 to 999,999,999).
 */
export function fromTimestamp({ seconds, nanos }: Timestamp, field = 'timestamp'): number {
  if (seconds < SECONDS_MIN || seconds > SECONDS_MAX || nanos < 0 || nanos > 999_999_999) {
    throw invalid('TIMESTAMP_INVALID', 'A timestamp is not valid.', [
      { field, description: 'must be in the years 1 to 9999, with nanos from 0 to 999999999' },
    ]);
  }
  return Number(seconds) * 1_000 + Math.floor(nanos / 1_000_000);
}

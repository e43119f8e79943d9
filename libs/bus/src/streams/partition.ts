import { assert } from '@billingrails/errors';

/** How many partitions a new stream EVENTS gets. */
export const PARTITIONS_DEFAULT = 16;

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;
const ASCII_MAX = 0x7f;

/**
 * Which partition holds all that concerns an account: FNV-1a (32 bit) over the UTF-8 bytes of the organisation, a
 * NUL, and the account, modulo the number of partitions. Never to be changed: stored events lie where it says.
 */
export function partitionOf(
  organisationId: string,
  accountId: string,
  partitions: number = PARTITIONS_DEFAULT,
): number {
  assert(Number.isSafeInteger(partitions) && partitions > 0, 'there is at least one partition');
  const text = `${organisationId}\0${accountId}`;
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code > ASCII_MAX) return hashOf(Buffer.from(text)) % partitions;
    hash = Math.imul(hash ^ code, FNV_PRIME);
  }
  return (hash >>> 0) % partitions;
}

/** For text that is more than its bytes, which ids are not. */
function hashOf(bytes: Uint8Array): number {
  let hash = FNV_OFFSET;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME);
  return hash >>> 0;
}

/** Where events of a partition travel. */
export function partitionSubject(partition: number): string {
  return `events.${partition}`;
}

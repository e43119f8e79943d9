import { invalid } from '@billingrails/errors';

const VERSION = 1;

/**
 * Writes down up to where partitions must have been applied, as an opaque text: what an ingest answers, and what a
 * usage query waits for.
 */
export function encodeConsistencyToken(sequences: ReadonlyMap<number, number>): string {
  const pairs = [...sequences].sort(([a], [b]) => a - b);
  return Buffer.from(JSON.stringify([VERSION, ...pairs.flat()])).toString('base64url');
}

/** Reads a token back. Throws DomainError invalid, naming field `consistency_token`, for anything else. */
export function decodeConsistencyToken(text: string): Map<number, number> {
  const [version, ...flat] = numbersIn(text);
  if (version !== VERSION || flat.length % 2 !== 0) throw refused();
  const sequences = new Map<number, number>();
  for (let index = 0; index < flat.length; index += 2) {
    sequences.set(flat[index] ?? 0, flat[index + 1] ?? 0);
  }
  // Written the same way again, it must be the same text: no repeated, unsorted or padded forms.
  if (encodeConsistencyToken(sequences) !== text) throw refused();
  return sequences;
}

function numbersIn(text: string): number[] {
  try {
    const parsed: unknown = JSON.parse(Buffer.from(text, 'base64url').toString('utf8'));
    if (Array.isArray(parsed) && parsed.every(isCount)) return parsed;
  } catch {
    // Not JSON: refused below like any other text that is not a token.
  }
  throw refused();
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function refused(): Error {
  return invalid('CONSISTENCY_TOKEN_INVALID', 'The consistency token is not one of ours.', [
    {
      field: 'consistency_token',
      description: 'must be a token as ingest returned it, unchanged',
    },
  ]);
}

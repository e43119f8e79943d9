import type { AuditRecord, ChainHead } from './audit-record';
import { EMPTY_CHAIN, hashOf } from './chain';

/** The first record that is not as it was written, and what is wrong with it. */
export interface ChainFault {
  readonly sequence: number;
  readonly kind: 'missing' | 'altered' | 'not_anchored';
}

/**
 * Verifies a chain record by record: each has the next sequence, names the hash of the one before it, and has the hash
 * of its own content. Who alters one record and gives it the hash that fits is found by the next, or by the head.
 */
export class ChainVerifier {
  /** The last record that was given. */
  #last: ChainHead = EMPTY_CHAIN;
  readonly #anchor: ChainHead | undefined;

  constructor(anchor?: ChainHead) {
    this.#anchor = anchor;
  }

  get verified(): ChainHead {
    return this.#last;
  }

  /** Takes the next record by sequence. Undefined: the chain is whole so far. */
  take(record: AuditRecord): ChainFault | undefined {
    const sequence = this.#last.sequence + 1;
    // One more with a sequence that was there: it is not the one that the chain goes on from.
    if (record.sequence < sequence) return { sequence: record.sequence, kind: 'altered' };
    if (record.sequence > sequence) return { sequence, kind: 'missing' };
    if (record.hash !== hashOf(record)) return { sequence, kind: 'altered' };
    // This one is as it was written, so the one before it is not.
    if (record.previousHash !== this.#last.hash)
      return { sequence: Math.max(1, this.#last.sequence), kind: 'altered' };
    const { hash } = record;
    if (this.#anchor?.sequence === sequence && this.#anchor.hash !== hash)
      return { sequence, kind: 'not_anchored' };
    this.#last = { sequence, hash };
    return undefined;
  }

  /** Ends at the head that the chain had. Undefined: the chain is whole. */
  end(head: ChainHead): ChainFault | undefined {
    const { sequence, hash } = this.#last;
    if (sequence < head.sequence) return { sequence: sequence + 1, kind: 'missing' };
    if (hash !== head.hash) return { sequence: Math.max(1, sequence), kind: 'altered' };
    if (this.#anchor !== undefined && this.#anchor.sequence > sequence)
      return { sequence: sequence + 1, kind: 'missing' };
    return undefined;
  }
}

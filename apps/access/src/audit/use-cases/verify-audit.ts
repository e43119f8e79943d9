import type { OrganisationId } from '@billingrails/ids';
import type { ChainHead } from '../domain/audit-record';
import { ChainVerifier, type ChainFault } from '../domain/verify-chain';
import type { AuditStores } from '../store/stores';

/** How far verifying is, and what came of it in the last one. */
export interface Verified {
  readonly verified: ChainHead;
  readonly total: number;
  readonly verdict?: { readonly fault?: ChainFault };
}

/** How many records are read at a time. */
const PAGE = 500;

/**
 * Verifies an organisation's chain from its first record to the one that is its last now; what is appended meanwhile
 * is not looked at. Tells how far it is whenever `isDue` says so.
 */
export async function* verifyAudit(
  { records, heads }: Pick<AuditStores, 'records' | 'heads'>,
  organisationId: OrganisationId,
  { anchor, isDue, signal }: VerifyOptions,
): AsyncGenerator<Verified> {
  const head = await heads.find(organisationId);
  const total = head.sequence;
  const verifier = new ChainVerifier(anchor);
  const told = (verdict?: Verified['verdict']): Verified => {
    return { verified: verifier.verified, total, ...(verdict && { verdict }) };
  };
  // The last record that was read; one that is too many is a fault, and ends it.
  for (let afterSequence = 0; ;) {
    signal.throwIfAborted();
    const from = { afterSequence, upTo: total, limit: PAGE };
    const page = await records.chain(organisationId, from);
    for (const record of page) {
      const fault = verifier.take(record);
      if (fault !== undefined) return yield told({ fault });
    }
    if (page.length < PAGE) break;
    afterSequence = verifier.verified.sequence;
    if (isDue()) yield told();
  }
  const fault = verifier.end(head);
  yield told(fault === undefined ? {} : { fault });
}

export interface VerifyOptions {
  /** A hash that was kept elsewhere. */
  readonly anchor: ChainHead | undefined;
  readonly isDue: () => boolean;
  readonly signal: AbortSignal;
}

import { decodePageToken, encodePageToken } from '@billingrails/rpc';
import { z } from 'zod';
import type { InvoicePosition } from '../store/invoices';

/** JSON has no Infinity: null stands for a draft. */
const shape = z.strictObject({ sequence: z.int().min(1).nullable(), id: z.string().min(1) });

export function pageTokenOf({ sequence, id }: InvoicePosition): string {
  return encodePageToken({ sequence: sequence === Infinity ? null : sequence, id });
}

/** Throws DomainError invalid when the token is none of ours. */
export function positionOf(pageToken: string): InvoicePosition {
  const { sequence, id } = decodePageToken(pageToken, shape);
  return { sequence: sequence ?? Infinity, id };
}

import { randomBytes } from 'node:crypto';

const SECRET_BYTES = 32;

/** A new secret of 256 random bits that posts are signed with, as "whsec_…" of Standard Webhooks. */
export function newSecret(): string {
  return `whsec_${randomBytes(SECRET_BYTES).toString('base64')}`;
}

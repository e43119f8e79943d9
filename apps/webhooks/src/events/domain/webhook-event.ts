import type { ChangeEventId, OrganisationId } from '@billingrails/ids';

/** Something has changed, and the endpoints of its organisation are told. */
export interface WebhookEvent {
  readonly id: WebhookEventId;
  readonly organisationId: OrganisationId;
  /** Such as "invoice.finalized". */
  readonly type: string;
  /** Empty: of no account. */
  readonly accountId: string;
  readonly objectId: string;
  /** The full name of a message. */
  readonly objectType: string;
  /** The message, as it was right after the change. Empty: it was too long to be told. */
  readonly object: Uint8Array;
  readonly isTest: boolean;
  /** By the clock of the organisation or of the test account. */
  readonly occurMs: number;
  /** By the server's clock. */
  readonly createMs: number;
}

export type WebhookEventId = ChangeEventId;

/** How long events and the log of deliveries are kept. */
export const KEPT_MS = 30 * 86_400_000;

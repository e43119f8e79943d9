import type { OrganisationId } from '@billingrails/ids';

/** What was done, before it has its place in the chain. */
export interface RecordedAction {
  readonly id: string;
  readonly organisationId: OrganisationId;
  readonly timeMs: number;
  readonly outcome: 'done' | 'refused';
  readonly actor: AuditActor;
  readonly method: string;
  readonly requestId: string;
  readonly objectType: string;
  readonly objectId: string;
  /** JSON texts; see the contract. Empty: none. */
  readonly requestJson: string;
  readonly beforeJson: string;
  readonly afterJson: string;
}

export interface AuditActor {
  readonly keyId: string;
  readonly kind: 'organisation' | 'service';
  readonly address: string;
  readonly forwardedFor: string;
}

/** A record in its chain. */
export interface AuditRecord extends RecordedAction {
  /** 1, 2, 3… */
  readonly sequence: number;
  readonly previousHash: string;
  readonly hash: string;
}

/** The last record of a chain. */
export interface ChainHead {
  readonly sequence: number;
  readonly hash: string;
}

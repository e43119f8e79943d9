import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Alert } from '../domain/alert';
import type { Observation } from '../domain/firing';

/** Whose figures are read, and when. */
export interface Watch {
  readonly organisationId: OrganisationId;
  readonly alert: Alert;
  /** Accounts that exist. */
  readonly accountIds: readonly AccountId[];
  /** By the clock that they live by. */
  readonly nowMs: number;
  readonly signal: AbortSignal;
}

/** The figures of accounts; none of an account whose figure is not there, or cannot be read whole just now. */
export type Observations = Map<AccountId, Observation>;

import type { OrganisationId } from '@billingrails/ids';
import type { Plan } from '../../catalogue/domain/plan';
import type { Fact } from '../../subscriptions/domain/fact';
import type { Subscription } from '../../subscriptions/domain/subscription';

/** Everything that decides what a subscription owes, but for usage. */
export interface Agreement {
  readonly organisationId: OrganisationId;
  readonly subscription: Pick<Subscription, 'id' | 'startMs' | 'timeZone' | 'cycleRule'>;
  readonly facts: readonly Fact[];
  /** Every version of a plan or an add-on that the facts name, by `planKey`. */
  readonly plans: ReadonlyMap<string, Plan>;
}

import { DomainError } from '@billingrails/errors';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import type { CountedEvents } from '../../usage/counted-events';
import type { Alert } from '../domain/alert';
import { evaluate, type EvaluateParts } from './evaluate';
import { countedIn } from './group-of';

/** What hearing of usage needs. */
export interface HearCountedParts extends EvaluateParts {
  readonly logger: Logger;
}

/**
 * Looks at the alerts that the counted events can change, of the accounts whose events they are. What cannot be read of
 * one alert just now keeps no other: all its accounts are looked at soon.
 */
export async function hearCounted(
  parts: HearCountedParts,
  counted: ReadonlyMap<OrganisationId, CountedEvents>,
  signal: AbortSignal,
): Promise<void> {
  const { alerts, logger } = parts;
  for (const { organisationId, alert } of await alerts.ofOrganisations([...counted.keys()])) {
    if (signal.aborted) return;
    try {
      const changed = changedBy(alert, counted.get(organisationId) ?? new Map());
      const accountIds = await watchedAmong(parts, organisationId, alert, changed);
      await evaluate(parts, organisationId, alert, accountIds, signal);
    } catch (error) {
      if (!(error instanceof DomainError)) throw error;
      logger.warn(
        { err: error, organisationId, alertId: alert.id },
        'an alert cannot be looked at',
      );
      await alerts.lookAgain(organisationId, alert.id, 0);
    }
  }
}

/** The accounts whose figure the events may have changed. */
function changedBy({ eventNames }: Alert, events: CountedEvents): Set<AccountId> {
  const names = eventNames ?? [...events.keys()];
  return new Set(names.flatMap((name) => [...(events.get(name) ?? [])]));
}

async function watchedAmong(
  parts: HearCountedParts,
  organisationId: OrganisationId,
  alert: Alert,
  changed: ReadonlySet<AccountId>,
): Promise<AccountId[]> {
  if (changed.size === 0) return [];
  const { accountId } = alert;
  if (accountId === undefined) {
    // Events may name accounts that do not exist.
    const existing = await parts.accounts.existing(organisationId, [...changed]);
    return [...changed].filter((id) => existing.has(id));
  }
  const group = await countedIn(parts, organisationId, alert, accountId);
  return group.some((id) => changed.has(id)) ? [accountId] : [];
}

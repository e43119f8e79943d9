import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { Period } from '@billingrails/time';
import type { ClientSession, Db } from 'mongodb';
import type { UsageEvent } from '../../events/domain/event';
import { accountsWithEvents } from '../../events/store/event-accounts';
import { listEvents } from '../../events/store/event-list';

const ACCOUNTS_MAX = 100;

/** Which events are looked at. */
export interface PreviewScope {
  readonly organisationId: OrganisationId;
  readonly eventName: string;
  /** None: of all. */
  readonly accountIds: readonly AccountId[];
  readonly period: Period;
  readonly eventCountMax: number;
}

/** The newest standing events of each account, each account having an equal share, or more where others need less. */
export async function newestEvents(
  db: Db,
  session: ClientSession,
  { organisationId, eventName, accountIds, period, eventCountMax }: PreviewScope,
): Promise<{ events: UsageEvent[]; truncated: boolean }> {
  const of = { organisationId, eventName, period };
  const found =
    accountIds.length > 0
      ? accountIds
      : await accountsWithEvents(db, session, of, ACCOUNTS_MAX + 1);
  const looked = found.slice(0, ACCOUNTS_MAX);
  const events: UsageEvent[] = [];
  let truncated = found.length > looked.length;
  for (const [index, accountId] of looked.entries()) {
    const share = Math.ceil((eventCountMax - events.length) / (looked.length - index));
    const list = { ...of, accountId, standingOnly: true, limit: share + 1 };
    const standing = await listEvents(db, session, list);
    truncated ||= standing.length > share;
    events.push(...standing.slice(0, share).map(({ event }) => event));
  }
  return { events, truncated };
}

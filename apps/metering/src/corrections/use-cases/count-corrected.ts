import type { AccountId, OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { gatheredBy } from '../../domain/gathered-by';
import { HOUR_MS } from '../../domain/hours';
import type { UsageEvent } from '../../events/domain/event';
import type { NewSegment, SegmentKey } from '../../events/domain/segment';
import type { EventKey } from '../../events/store/event-keys';
import type { StoredEvent } from '../../events/store/segments';
import type { CompiledProfile } from '../../meters/domain/profile';
import { lookingProfiles, type LookingProfiles } from '../../meters/use-cases/looking-profiles';
import { meterEvent } from '../../outcomes/domain/chunk';
import type { EventCount } from '../../outcomes/domain/event-count';
import { addEventCounts, type CountedEvents } from '../../outcomes/store/event-counts';
import { UsageCollector } from '../../usage/domain/usage-day';
import { addUsage } from '../../usage/use-cases/add-usage';
import type { CorrectedEvent, NewRevision } from '../domain/correction';
import { entryOf } from '../store/correction-documents';
import { recountTouched, type Recounting } from './recount-touched';

/** An event that is corrected. */
export interface Correctable {
  readonly id: string;
  readonly key: EventKey;
  /** Its first content and its latest. */
  readonly first: StoredEvent;
  readonly latest: StoredEvent;
  readonly corrected: CorrectedEvent;
}

/**
 * Counts again what the corrections touch. The hours that lose events are counted anew, at once or in steps of their
 * own; to others, amended events are added like events that come late. The counts of ends move in the minute in which
 * an event came first.
 */
export async function countAgain(
  recounting: Recounting,
  organisationId: OrganisationId,
  plans: readonly Correctable[],
): Promise<void> {
  const { db, session, partition } = recounting;
  const hours = hoursOf(plans.flatMap(({ corrected }) => corrected.before ?? []));
  const looking = new LookingProfilesCache(db, session, organisationId);
  const [touched, added] = [new UsageCollector(), new UsageCollector()];
  const moves: CountedEvents[] = [];
  for (const { key, first, latest, corrected } of plans) {
    const { before, after, revisions } = corrected;
    const { receiveTimeMs } = first.event;
    const move = (state: EventCount, count: number) =>
      moves.push({ organisationId, receiveTimeMs, state, count });
    const from = before && meterEvent(before, await looking.at(before, latest.segment), touched);
    const into = after !== undefined && isAmong(hours, after) ? touched : added;
    const last = revisions.at(-1);
    const segment = last === undefined ? latest.segment : segmentOf(last);
    const to = after && meterEvent(after, await looking.at(after, segment), into);
    move(from?.state ?? 'voided', -1);
    move(to?.state ?? 'voided', 1);
    if (revisions.length > 0 && key.earlier.length === 0) move('amended', 1);
  }
  await addEventCounts(db, session, partition, moves);
  const byScope = gatheredBy(touched.days(), scopeNameOf);
  await recountTouched(
    recounting,
    [...hours].map(([name, own]) => ({
      organisationId,
      ...own,
      touched: byScope.get(name) ?? [],
    })),
  );
  await addUsage(db, session, added.days(), recounting);
}

/** Hours of an account's events of a name. */
interface Hours {
  readonly accountId: AccountId;
  readonly eventName: string;
  readonly hours: Set<number>;
}

/** The hours that events of one organisation lie in, by account and name. */
function hoursOf(events: readonly UsageEvent[]): Map<string, Hours> {
  const all = new Map<string, Hours>();
  for (const { accountId, eventName, timestampMs } of events) {
    const name = scopeNameOf({ accountId, eventName });
    const own = all.get(name) ?? { accountId, eventName, hours: new Set<number>() };
    all.set(name, own);
    own.hours.add(Math.floor(timestampMs / HOUR_MS));
  }
  return all;
}

function isAmong(
  hours: ReadonlyMap<string, Hours>,
  { accountId, eventName, timestampMs }: UsageEvent,
): boolean {
  const own = hours.get(scopeNameOf({ accountId, eventName }));
  return own !== undefined && own.hours.has(Math.floor(timestampMs / HOUR_MS));
}

function scopeNameOf({
  accountId,
  eventName,
}: Pick<UsageEvent, 'accountId' | 'eventName'>): string {
  return `${accountId}/${eventName}`;
}

/** Which profiles have looked at events of an organisation, read once for each name. */
class LookingProfilesCache {
  readonly #byName = new Map<string, LookingProfiles>();

  constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly organisationId: OrganisationId,
  ) {}

  async at({ eventName }: UsageEvent, segment: SegmentKey): Promise<readonly CompiledProfile[]> {
    const { db, session, organisationId } = this;
    const looking =
      this.#byName.get(eventName) ??
      (await lookingProfiles(db, session, organisationId, eventName));
    this.#byName.set(eventName, looking);
    return looking.at(segment);
  }
}

/** The segment of a new revision. */
export function segmentOf({ event, segmentId, place }: NewRevision): NewSegment {
  const { organisationId, accountId, eventName, timestampMs } = event;
  return {
    id: segmentId,
    partition: place.partition,
    ...{ organisationId, accountId, eventName, firstMs: timestampMs, lastMs: timestampMs },
    events: [{ event, place, bytes: entryOf(event) }],
  };
}

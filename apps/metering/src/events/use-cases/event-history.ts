import type { OrganisationId } from '@billingrails/ids';
import type { ClientSession, Db } from 'mongodb';
import { isPassed, type Backfill } from '../../backfills/domain/backfill';
import { runningBackfills } from '../../backfills/store/backfills';
import { readCorrections } from '../../corrections/store/corrections';
import type { Meter } from '../../meters/domain/meter';
import { metersOf } from '../../meters/store/meters';
import type { OutcomeState } from '../../outcomes/domain/outcome';
import { compileJudge, type Judgement, type Verdict } from '../../outcomes/domain/verdict';
import { eventIdOf } from '../domain/event';
import type { SegmentKey } from '../domain/segment';
import { findKeys, type EventKey } from '../store/event-keys';
import { readContents } from '../store/events';
import type { StoredEvent } from '../store/segments';

/**
 * What became of a stored event: voided, amended (a later revision has taken its place), or what profiles made of it.
 */
export type StoredState = OutcomeState | 'voided' | 'amended';

/** A stored event with all that is known of it. */
export interface DescribedEvent {
  readonly stored: StoredEvent;
  readonly state: StoredState;
  /** Of each version of a profile that looks at the event's name; none of an event that was withdrawn. */
  readonly verdicts: readonly Verdict[];
  /** From 1. */
  readonly revision: number;
  /** Of an event that was withdrawn: why, as the caller said. */
  readonly withdrawReason: string;
}

/** Says what became of an organisation's events, as of the session's snapshot. */
export class EventHistory {
  readonly #judging = new Map<string, Promise<Judging>>();

  constructor(
    private readonly db: Db,
    private readonly session: ClientSession,
    private readonly organisationId: OrganisationId,
  ) {}

  /** All revisions of the events with these keys, of each event oldest first. */
  async revisionsOf(keys: readonly string[]): Promise<StoredEvent[]> {
    const found = await this.#keysOf(keys);
    const contents = [...found.values()].flatMap((key) => [...key.earlier, key]);
    const stored = await readContents(this.db, this.session, contents);
    return contents.flatMap((content) => stored.get(content) ?? []);
  }

  /** The events, in the order given, each with what became of it. */
  async describe(events: readonly StoredEvent[]): Promise<DescribedEvent[]> {
    const keys = await this.#keysOf(events.map(({ event }) => event.key));
    const reasons = await this.#reasonsOf(events);
    const described: DescribedEvent[] = [];
    for (const stored of events) {
      const { event, withdrawn } = stored;
      const key = keys.get(event.id);
      const earlier = key?.earlier ?? [];
      const at = earlier.findIndex(
        (content) => content.segmentId === stored.segment.id && content.index === stored.index,
      );
      const isLatest = at === -1;
      const revision = (isLatest ? earlier.length : at) + 1;
      if (withdrawn === undefined) {
        const judgement = await this.#judge(stored);
        described.push({ stored, ...judgement, revision, withdrawReason: '' });
      } else {
        const state = isLatest ? 'voided' : 'amended';
        const withdrawReason = reasons.get(withdrawn.by) ?? '';
        described.push({ stored, state, verdicts: [], revision, withdrawReason });
      }
    }
    return described;
  }

  #keysOf(keys: readonly string[]): Promise<Map<string, EventKey>> {
    const ids = keys.map((key) => eventIdOf(this.organisationId, key));
    return findKeys(this.db, this.session, ids);
  }

  async #reasonsOf(events: readonly StoredEvent[]): Promise<Map<string, string>> {
    const ids = new Set(events.flatMap(({ withdrawn }) => withdrawn?.by ?? []));
    if (ids.size === 0) return new Map();
    const corrections = await readCorrections(this.db, this.session, this.organisationId, [...ids]);
    return new Map([...corrections.values()].map(({ id, reason }) => [id, reason]));
  }

  async #judge({ event, segment }: StoredEvent): Promise<Judgement> {
    const { eventName } = event;
    const judging = this.#judging.get(eventName) ?? this.#readJudging(eventName);
    this.#judging.set(eventName, judging);
    return (await judging).judge(segment)(event);
  }

  async #readJudging(eventName: string): Promise<Judging> {
    const meters = await metersOf(this.db, this.session, this.organisationId, eventName);
    const running = await runningBackfills(this.db, this.session, this.organisationId, eventName);
    return new Judging(meters, running);
  }
}

/** The definitions of one event name, compiled once for each set of profiles that have not looked yet. */
class Judging {
  readonly #judges = new Map<string, ReturnType<typeof compileJudge>>();

  constructor(
    private readonly meters: readonly Meter[],
    private readonly running: readonly Backfill[],
  ) {}

  judge(segment: SegmentKey): ReturnType<typeof compileJudge> {
    const pending = this.running
      .filter((backfill) => !isPassed(backfill, segment))
      .flatMap(({ profiles }) => profiles);
    const judge = this.#judges.get(pending.join()) ?? compileJudge(this.meters, pending);
    this.#judges.set(pending.join(), judge);
    return judge;
  }
}

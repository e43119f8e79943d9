import type { OrganisationId } from '@billingrails/ids';
import { clockName, type ClockStore, type TestClock } from '../../clocks/store/clocks';
import type { DueStore } from '../store/due';
import type { Claim } from '../store/due-doc';

/** Claims of one organisation, at least one, and the test clock that they fell due by, if it was one. */
export interface Due {
  readonly organisationId: OrganisationId;
  readonly claims: readonly Claim[];
  readonly testClock?: TestClock;
}

/** Takes what is due of one organisation at a time; undefined when there is none. */
export type TakeDue = () => Promise<Due | undefined>;

/** What taking needs. */
export interface TakeParts {
  readonly due: DueStore;
  readonly clocks: ClockStore;
  /** The real time. */
  readonly nowMs: () => number;
  /** The most subscriptions taken at once. */
  readonly batchMax: number;
  /** Whether an organisation has its share of the places: the next is for others. */
  readonly hasItsShare: (organisationId: OrganisationId) => boolean;
}

/** Test clocks that are served in turns. */
const CLOCKS_AT_ONCE = 16;
/** How soon to look again at a clock whose ended cycles are all claimed or postponed. */
const RECHECK_MS = 500;

/** Takes from the organisations that live by the real time, in turns: a batch of each, the longest due of it first. */
export function realTimeDue({ due, nowMs, batchMax, hasItsShare }: TakeParts): TakeDue {
  const turns: OrganisationId[] = [];
  return async () => {
    if (turns.length === 0) turns.push(...(await due.organisationsDue(nowMs())));
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      if (hasItsShare(turn)) continue;
      const now = nowMs();
      const present = { clock: 'real', presentMs: now, nowMs: now } as const;
      const claims = await due.claim(turn, present, batchMax);
      if (claims.length > 0) return { organisationId: turn, claims };
    }
    return undefined;
  };
}

/** Takes from the organisations on test clocks, in turns, so that none can keep the others waiting. */
export function testClockDue({ due, clocks, nowMs, batchMax, hasItsShare }: TakeParts): TakeDue {
  const turns: TestClock[] = [];

  /** Nothing could be claimed: sleep until the clock changes, or only for a while if something is ended. */
  const settle = async (clock: TestClock): Promise<void> => {
    const by = { clock: clockName(clock), presentMs: clock.currentMs };
    const ended = await due.hasDue(clock.organisationId, by);
    await clocks.rest(clock, ended ? nowMs() + RECHECK_MS : undefined);
  };

  return async () => {
    if (turns.length === 0) turns.push(...(await clocks.waking(nowMs(), CLOCKS_AT_ONCE)));
    for (let clock = turns.shift(); clock !== undefined; clock = turns.shift()) {
      const { organisationId, currentMs } = clock;
      if (hasItsShare(organisationId)) continue;
      const present = { clock: clockName(clock), presentMs: currentMs, nowMs: nowMs() };
      const claims = await due.claim(organisationId, present, batchMax);
      if (claims.length === 0) {
        await settle(clock);
        continue;
      }
      // Behind the others that wait.
      await clocks.rest(clock, nowMs());
      return { organisationId, claims, testClock: clock };
    }
    return undefined;
  };
}

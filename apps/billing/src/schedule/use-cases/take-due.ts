import type { Claim, DueStore } from '../store/due';
import type { ClockStore, TestClock } from '../../clocks/store/clocks';

/** A claim, and the present of its organisation where that lives by a test clock. */
export interface Due {
  readonly claim: Claim;
  readonly testClockMs?: number;
}

/** Takes one due subscription at a time; undefined when there is none. */
export type TakeDue = () => Promise<Due | undefined>;

/** Test clocks that are served in turns. */
const CLOCKS_AT_ONCE = 16;
/** Subscriptions of one test clock before it goes behind the others that wait. */
const CLAIMS_A_TURN = 32;
/** How soon to look again at a clock whose ended cycles are all claimed or postponed. */
const RECHECK_MS = 500;

/** Takes from the organisations that live by the real time, the longest due first. */
export function realTimeDue(due: DueStore, nowMs: () => number): TakeDue {
  return async () => {
    const claim = await due.claimRealTime(nowMs());
    return claim === undefined ? undefined : { claim };
  };
}

/** What taking by test clocks needs. */
export interface TestClockParts {
  readonly due: DueStore;
  readonly clocks: ClockStore;
  readonly nowMs: () => number;
}

/** Takes from the organisations on test clocks, in turns, so that none can keep the others waiting. */
export function testClockDue({ due, clocks, nowMs }: TestClockParts): TakeDue {
  const turns: { readonly clock: TestClock; taken: number }[] = [];

  /** Nothing could be claimed: sleep until the clock changes, or only for a while if something is ended. */
  const settle = async (clock: TestClock): Promise<void> => {
    const ended = await due.hasDue(clock.organisationId, clock.currentMs);
    await clocks.rest(clock, ended ? nowMs() + RECHECK_MS : undefined);
  };

  return async () => {
    if (turns.length === 0) {
      const waking = await clocks.waking(nowMs(), CLOCKS_AT_ONCE);
      turns.push(...waking.map((clock) => ({ clock, taken: 0 })));
    }
    for (let turn = turns.shift(); turn !== undefined; turn = turns.shift()) {
      const { clock } = turn;
      const claim = await due.claimByTestClock(clock.organisationId, clock.currentMs, nowMs());
      if (claim === undefined) {
        await settle(clock);
        continue;
      }
      turn.taken += 1;
      if (turn.taken < CLAIMS_A_TURN) turns.push(turn);
      else await clocks.rest(clock, nowMs());
      return { claim, testClockMs: clock.currentMs };
    }
    return undefined;
  };
}

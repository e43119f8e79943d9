import { DomainError } from '@billingrails/errors';
import type { Principal } from '../principal';
import {
  LIMITED,
  LIMIT_OWNERS,
  type Limited,
  type LimitOwner,
  type PrincipalLimits,
  type RateLimits,
} from './rate-limits';

/** For so many seconds can be saved up what is not used. */
export const BURST_SECONDS = 5;

/** From so many levels on, those of owners who have not called for a while are forgotten. */
const LEVELS_KEPT = 10_000;
const RETRY_MS_MIN = 100;

/** What is left to one owner of what is limited. Below zero it is owed. */
interface Level {
  left: number;
  atMs: number;
  perSecond: number;
}

interface Owned {
  readonly limited: Limited;
  readonly owner: LimitOwner;
  readonly ownerId: string;
  readonly level: Level;
}

type Who = Pick<Principal, 'organisationId' | 'keyId' | 'limits'>;

/**
 * Holds callers to the limits of their keys and organisations, at this replica alone: a bucket of tokens for each. What
 * begins while anything is left is let through whole, and what it takes beyond that is owed, so that nothing is ever
 * too large to be let through.
 */
export class Rates {
  readonly #levels = new Map<string, Level>();
  readonly #refused = new Map<string, number>();

  /** @param steadyMs a clock that never goes back */
  constructor(private readonly steadyMs: () => number = () => performance.now()) {}

  /** Takes all of it, or throws DomainError exhausted and takes nothing. */
  take(who: Who, amounts: RateLimits): void {
    if (who.limits === undefined) return;
    const owned = this.#owned(who, who.limits, amounts);
    const empty = owned.find(({ level }) => level.left <= 0);
    if (empty !== undefined) {
      const { limited: what, owner } = empty;
      this.#refused.set(`${what} ${owner}`, this.refused(what, owner) + 1);
      throw limitReached(empty);
    }
    for (const { limited, level } of owned) level.left -= amounts[limited] ?? 0;
  }

  /**
   * What is to be told of the bytes of a body as they come, of which `declared` were taken before; undefined when
   * nobody counts them.
   */
  counter(who: Who, declared: number): ((bytes: number) => void) | undefined {
    if (who.limits === undefined) return undefined;
    const owned = this.#owned(who, who.limits, { bytes: 0 });
    if (owned.length === 0) return undefined;
    let taken = declared;
    return (bytes) => {
      const more = Math.max(0, bytes - taken);
      taken = Math.max(0, taken - bytes);
      for (const { level } of owned) level.left -= more;
    };
  }

  /** How many calls were ever refused by such a limit. */
  refused(what: Limited, owner: LimitOwner): number {
    return this.#refused.get(`${what} ${owner}`) ?? 0;
  }

  #owned(who: Who, limits: PrincipalLimits, amounts: RateLimits): Owned[] {
    const owned: Owned[] = [];
    for (const limited of LIMITED) {
      if (amounts[limited] === undefined) continue;
      for (const owner of LIMIT_OWNERS) {
        const perSecond = limits[owner][limited];
        if (perSecond === undefined) continue;
        const ownerId = owner === 'key' ? who.keyId : who.organisationId;
        owned.push({ limited, owner, ownerId, level: this.#level(limited, ownerId, perSecond) });
      }
    }
    return owned;
  }

  #level(limited: Limited, ownerId: string, perSecond: number): Level {
    const name = `${limited} ${ownerId}`;
    const nowMs = this.steadyMs();
    const known = this.#levels.get(name);
    const most = perSecond * BURST_SECONDS;
    if (known === undefined) {
      if (this.#levels.size >= LEVELS_KEPT) this.#forgetFull(nowMs);
      const level = { left: most, atMs: nowMs, perSecond };
      this.#levels.set(name, level);
      return level;
    }
    known.left = Math.min(most, known.left + ((nowMs - known.atMs) / 1_000) * perSecond);
    known.atMs = nowMs;
    known.perSecond = perSecond;
    return known;
  }

  /** One that is full is as one that never was. */
  #forgetFull(nowMs: number): void {
    for (const [name, { left, atMs, perSecond }] of this.#levels) {
      const now = left + ((nowMs - atMs) / 1_000) * perSecond;
      if (now >= perSecond * BURST_SECONDS) this.#levels.delete(name);
    }
  }
}

function limitReached({ limited: what, owner, ownerId, level }: Owned): DomainError {
  const { left, perSecond } = level;
  // Until something is left again.
  const retryAfterMs = Math.max(RETRY_MS_MIN, Math.ceil(((1 - left) / perSecond) * 1_000));
  const message =
    `The ${owner} ${ownerId} has sent more than its limit of ${perSecond} ${what} a second. ` +
    'Try again after the delay.';
  const metadata = { limit: what, limit_of: owner, limit_per_second: `${perSecond}` };
  return new DomainError('exhausted', 'RATE_LIMITED', message, [], { retryAfterMs, metadata });
}

import { exhausted } from '@billingrails/errors';
import { Bell } from '@billingrails/waits';

/** Lets a bounded number in at once; the others wait in order. */
export interface Gate {
  /** Resolves when there is room; throws DomainError exhausted when there was none for `timeoutMs`. */
  enter(timeoutMs: number): Promise<void>;
  /** To be called once by everybody who got in. */
  leave(): void;
}

const RETRY_MS = 500;

export function createGate(limit: number): Gate {
  let inside = 0;
  const waiting = new Set<Bell>();

  return {
    enter: async (timeoutMs) => {
      if (inside < limit) {
        inside += 1;
        return;
      }
      const bell = new Bell();
      waiting.add(bell);
      await bell.wait(timeoutMs);
      if (waiting.delete(bell)) {
        throw exhausted('STREAM_BUSY', 'The message stream is busy. Try again.', RETRY_MS);
      }
    },
    leave: () => {
      const [next] = waiting;
      // The place goes straight to whoever has waited longest.
      if (next === undefined) inside -= 1;
      else {
        waiting.delete(next);
        next.ring();
      }
    },
  };
}

import { createContextKey, type HandlerContext } from '@connectrpc/connect';

/** What the server knows of a call before its interceptors run. */
export interface Call {
  /** On the clock of performance.now(). */
  readonly startedAtMs: number;
  /** On the clock of performance.now(). Infinite for calls that may last, such as watching health. */
  readonly deadlineAtMs: number;
  /** Whether the interceptors saw the call; a request that cannot be read never gets there. */
  reached: boolean;
  /** What the lean path's handler threw: it is answered for, and no handler runs any more. */
  readonly failure?: unknown;
}

export const callKey = createContextKey<Call | undefined>(undefined, { description: 'call' });

/** The deadlines of running calls, by the signal their handlers hold. */
const deadlines = new WeakMap<AbortSignal, number>();

/** Remembers when the call that `signal` belongs to must have ended, so that calls made for it end no later. */
export function rememberDeadline(signal: AbortSignal, deadlineAtMs: number): void {
  if (Number.isFinite(deadlineAtMs)) deadlines.set(signal, deadlineAtMs);
}

/** Milliseconds left to the call that `signal` belongs to; undefined when it is not a handler's or has no deadline. */
export function remainingOf(signal: AbortSignal | undefined): number | undefined {
  const deadlineAtMs = signal && deadlines.get(signal);
  return deadlineAtMs === undefined ? undefined : deadlineAtMs - performance.now();
}

/** Milliseconds until the caller stops waiting: negative when it already has, undefined when it waits for ever. */
export function remainingMs(context: Pick<HandlerContext, 'timeoutMs'>): number | undefined {
  return context.timeoutMs();
}

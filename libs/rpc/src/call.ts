import { createContextKey, type HandlerContext } from '@connectrpc/connect';
import type { Principal } from './principal';

/** What is known of a call by its headers. */
export interface CallHead {
  /** On the clock of performance.now(). */
  readonly startedAtMs: number;
  /** The answer's x-request-id. */
  readonly requestId: string;
  /** Who calls; undefined where no key is asked for. */
  readonly principal: Principal | undefined;
  /** Given where the bytes of its body count for a limit: to be told of those that were read. */
  readonly onBytes?: ((bytes: number) => void) | undefined;
}

/** What the server knows of a call before its interceptors run. */
export interface Call extends CallHead {
  /** On the clock of performance.now(). Infinite for calls that may last, such as watching health. */
  readonly deadlineAtMs: number;
  /** Whether the interceptors saw the call; a request that cannot be read never gets there. */
  reached: boolean;
  /** What the lean path's handler threw: it is answered for, and no handler runs any more. */
  readonly failure?: unknown;
}

export const callKey = createContextKey<Call | undefined>(undefined, { description: 'call' });

/** Running calls, by the signal their handlers hold. */
const calls = new WeakMap<AbortSignal, Call>();

/** Remembers whose `signal` it is, so that calls made for it end no later, and go by the same name. */
export function rememberCall(signal: AbortSignal, call: Call): void {
  calls.set(signal, call);
}

/** The x-request-id of the call that `signal` belongs to; undefined when it is not a handler's. */
export function requestIdFor(signal: AbortSignal | undefined): string | undefined {
  return signal && calls.get(signal)?.requestId;
}

/** Milliseconds left to the call that `signal` belongs to; undefined when it is not a handler's or has no deadline. */
export function remainingOf(signal: AbortSignal | undefined): number | undefined {
  const { deadlineAtMs = Infinity } = (signal && calls.get(signal)) ?? {};
  return Number.isFinite(deadlineAtMs) ? deadlineAtMs - performance.now() : undefined;
}

/** Milliseconds until the caller stops waiting: negative when it already has, undefined when it waits for ever. */
export function remainingMs(context: Pick<HandlerContext, 'timeoutMs'>): number | undefined {
  return context.timeoutMs();
}

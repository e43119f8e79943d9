/** Says when a stream ended: `error` if it failed, `complete: false` if its reader left before the end. */
export interface StreamEnd {
  readonly complete: boolean;
  readonly error?: unknown;
}

/** The same messages; `ended` is called once, and what it returns is thrown in the place of an error. */
export async function* observed<T>(
  messages: AsyncIterable<T>,
  ended: (end: StreamEnd) => unknown,
): AsyncGenerator<T> {
  let told = false;
  const tell = (end: StreamEnd): unknown => {
    told = true;
    return ended(end);
  };
  try {
    yield* messages;
    tell({ complete: true });
  } catch (error) {
    throw told ? error : tell({ complete: true, error });
  } finally {
    if (!told) tell({ complete: false });
  }
}

/** The same messages until `signal` is aborted, which throws its reason even while a message is awaited. */
export async function* untilAborted<T>(
  messages: AsyncIterable<T>,
  signal: AbortSignal,
): AsyncGenerator<T> {
  const iterator = messages[Symbol.asyncIterator]();
  const abortion = abortionOf(signal);
  try {
    for (;;) {
      const next = await Promise.race([iterator.next(), abortion.promise]);
      if (next.done) return;
      yield next.value;
    }
  } finally {
    abortion.forget();
    // Not awaited: a source that never answers would keep the stream open for ever.
    void Promise.resolve(iterator.return?.()).catch(() => undefined);
  }
}

/** A promise that rejects with the signal's reason when it is aborted. Call `forget` when nobody waits for it. */
export function abortionOf(signal: AbortSignal): { promise: Promise<never>; forget(): void } {
  let forget = (): void => undefined;
  const promise = new Promise<never>((_resolve, reject) => {
    const onAbort = (): void => reject(signal.reason);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
    forget = () => signal.removeEventListener('abort', onAbort);
  });
  promise.catch(() => undefined);
  return { promise, forget };
}

/** What is wrong with a field, by its path in the request. */
export interface Violation {
  readonly field: string;
  readonly description: string;
}

/** An answer that is an error, as Connect writes it. */
export class CallError extends Error {
  constructor(
    /** Of Connect: "invalid_argument", "unavailable". */
    readonly code: string,
    message: string,
    readonly details: {
      /** Of ErrorInfo: "REQUEST_INVALID". Empty where there is none. */
      readonly reason: string;
      readonly violations: readonly Violation[];
      /** Of RetryInfo; undefined where it says nothing. */
      readonly retryMs: number | undefined;
      /** Of the answer's header; may be empty. */
      readonly requestId: string;
    },
  ) {
    super(message);
  }

  /** Whether the same call may succeed later. */
  get isPassing(): boolean {
    return PASSING.has(this.code);
  }
}

const PASSING = new Set(['unavailable', 'resource_exhausted', 'deadline_exceeded', 'aborted']);

interface ErrorJson {
  readonly code?: unknown;
  readonly message?: unknown;
  readonly details?: unknown;
}

interface DetailJson {
  readonly type?: string;
  readonly debug?: {
    readonly reason?: string;
    readonly field_violations?: readonly Partial<Violation>[];
    readonly retry_delay?: string;
  };
}

/** Reads an error of Connect's JSON; `fallback` is its code where it is none, as a proxy's page. */
export function callErrorFrom(json: unknown, fallback: string, requestId: string): CallError {
  const { code, message, details } = (typeof json === 'object' && json ? json : {}) as ErrorJson;
  const read = (Array.isArray(details) ? details : []) as readonly DetailJson[];
  const debugOf = (type: string) => read.find((detail) => detail.type === type)?.debug;
  const retry = debugOf('google.rpc.RetryInfo')?.retry_delay;
  return new CallError(
    typeof code === 'string' ? code : fallback,
    typeof message === 'string' ? message : 'The answer is none of Billingrails.',
    {
      reason: debugOf('google.rpc.ErrorInfo')?.reason ?? '',
      violations: (debugOf('google.rpc.BadRequest')?.field_violations ?? []).map((violation) => ({
        field: violation.field ?? '',
        description: violation.description ?? '',
      })),
      retryMs: retry === undefined ? undefined : Number(retry.replace(/s$/, '')) * 1_000,
      requestId,
    },
  );
}

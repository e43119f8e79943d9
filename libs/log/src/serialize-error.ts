/** What a line says about an error. */
export interface SerializedError {
  readonly type: string;
  readonly message: string;
  readonly stack?: string;
  readonly code?: string | number;
  readonly reason?: string;
  readonly cause?: SerializedError;
  readonly errors?: readonly SerializedError[];
}

/** Causes of causes beyond this are left out, and so are endless circles of them. */
const DEPTH_MAX = 6;
const ERRORS_MAX = 5;

/**
 * An error as it is logged, with its causes. Of its own members only `code` and `reason` are taken: drivers hang whole
 * documents on their errors, and those are customers' data. What is no error is told as text.
 */
export function serializeError(error: unknown, depth = DEPTH_MAX): SerializedError {
  if (!isError(error)) return { type: typeof error, message: String(error) };
  const code = 'code' in error ? error.code : undefined;
  const reason = 'reason' in error ? error.reason : undefined;
  const errors = 'errors' in error && Array.isArray(error.errors) ? error.errors : undefined;
  const deeper = depth > 1;
  return {
    type: error.name,
    message: error.message,
    ...(error.stack !== undefined && { stack: error.stack }),
    ...((typeof code === 'string' || typeof code === 'number') && { code }),
    ...(typeof reason === 'string' && { reason }),
    ...(deeper && error.cause !== undefined && { cause: serializeError(error.cause, depth - 1) }),
    ...(deeper &&
      errors && { errors: errors.slice(0, ERRORS_MAX).map((e) => serializeError(e, depth - 1)) }),
  };
}

/** Not instanceof: errors of another realm, such as a test's, are errors too. */
function isError(value: unknown): value is Error {
  return (
    typeof value === 'object' &&
    value !== null &&
    'name' in value &&
    typeof value.name === 'string' &&
    'message' in value &&
    typeof value.message === 'string'
  );
}

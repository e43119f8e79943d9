/** The largest message read or written, in bytes. */
export const MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

/**
 * The longest a call may take, in milliseconds. Calls that ask for more, or for nothing, get this. See STREAM_MS_MAX.
 */
export const DEADLINE_MS_MAX = 30_000;

/** The longest a call may take whose answer is a stream, in milliseconds; one whose caller asks for nothing gets it. */
export const STREAM_MS_MAX = 3_600_000;

/** Calls at once on one HTTP/2 connection. */
export const CONCURRENT_STREAMS_MAX = 128;

/** How long close() lets running calls end, in milliseconds. */
export const DRAIN_MS_MAX = 10_000;

/** The longest that reading the metrics may take, in milliseconds. */
export const METRICS_MS_MAX = 5_000;

/** The largest body posted to a plain route, in bytes. */
export const PLAIN_BODY_BYTES_MAX = 1024 * 1024;

/** The longest that such a body may take to come, in milliseconds. */
export const PLAIN_MS_MAX = 10_000;

/** The largest message to health and reflection, which ask for no key, in bytes. */
export const OPEN_MESSAGE_BYTES_MAX = 16 * 1024;

/** What the compressed requests of all running calls may unpack to together, in bytes. */
export const UNPACKED_BYTES_MAX = 64 * 1024 * 1024;

/** Of it, for the calls of one organisation. */
export const UNPACKED_SHARE_BYTES_MAX = UNPACKED_BYTES_MAX / 2;

/** From this size on, in bytes, messages are read one after the other. */
export const LARGE_MESSAGE_BYTES = 256 * 1024;

/** Calls that run at once, of those whose answer is one message and which no service makes for another. */
export const CALLS_AT_ONCE_MAX = 512;

/** Of them, of one organisation. */
export const CALLS_AT_ONCE_SHARE = 128;

/** How long what is due waits after each failure before it is tried again. */
export const RETRY = { firstMs: 1_000, maxMs: 60_000 };

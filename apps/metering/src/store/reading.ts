/**
 * Limits what a query may make the database do: the longest that any caller waits. Who asks for more is told that
 * it is unavailable, and nothing goes on behind its back.
 */
export const READING = { maxTimeMS: 30_000 } as const;

/**
 * Limits what a query may make the database do: the longest that any caller waits. A caller that asks for more
 * is told that it is unavailable, and the database stops working on it.
 */
export const READING = { maxTimeMS: 30_000 } as const;

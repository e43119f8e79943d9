/**
 * How long tests wait for a condition or for an answer before they give up, in milliseconds: far longer than anything
 * takes on a machine of any speed. What is over sooner costs nothing; only what never comes is waited for so long.
 */
export const PATIENCE_MS = 480_000;

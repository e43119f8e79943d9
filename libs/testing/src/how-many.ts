/** Set by `npm run chaos`. */
const IS_CHAOS = process.env['CHAOS'] === 'true';

/** An amount of work: a slice in `npm test`, the whole in `npm run chaos`, which has minutes for it. */
export function howMany(slice: number, whole: number): number {
  return IS_CHAOS ? whole : slice;
}

/** Any number would do; what counts is that it is always the same. */
const FIXED = 20_261_128;

/**
 * The seed of all that is random in tests. Where a run judges a change (CI=true, or 1) it is always the same: what is
 * green stays so until something changes. Otherwise, and in `npm run chaos`, it is another each time. RANDOM_SEED gives
 * one, to see again what was seen.
 */
export function randomSeed(
  env: Readonly<Record<string, string | undefined>> = process.env,
  random: () => number = Math.random,
): number {
  const given = env['RANDOM_SEED'] ?? '';
  if (/^-?[0-9]+$/.test(given)) return Number(given) | 0;
  if (given !== '') throw new Error(`RANDOM_SEED is a whole number, not ${given}.`);
  const isFixed = ['true', '1'].includes(env['CI'] ?? '') && env['CHAOS'] !== 'true';
  return isFixed ? FIXED : Math.floor(random() * 2 ** 31);
}

import { CliError } from './exit-codes';

const UNIT_MS: Readonly<Record<string, number>> = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/**
 * An instant as the contracts want it. Reads "now", "-90m" (s, m, h, d and w before now), "2026-01" and "2026-01-31"
 * (their first instant in UTC), and RFC 3339, which is passed on as it is. Throws CliError.
 */
export function readTime(text: string, now: Date): string {
  if (text === 'now') return now.toISOString();
  const [, count, unit = ''] = /^-(\d{1,6})([smhdw])$/.exec(text) ?? [];
  if (count !== undefined) {
    return new Date(now.getTime() - Number(count) * (UNIT_MS[unit] ?? 0)).toISOString();
  }
  if (/^\d{4}-\d{2}$/.test(text)) return `${text}-01T00:00:00Z`;
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00Z`;
  if (/^\d{4}-\d{2}-\d{2}[Tt]/.test(text)) return text;
  throw new CliError(
    `"${text}" is no time.`,
    'Write "2026-01-31", "2026-01", "now", "-7d" or RFC 3339, such as "2026-01-31T12:00:00Z".',
  );
}

/** The first instant of the month, in UTC, that an instant lies in. */
export function monthStart(now: Date): string {
  return `${now.toISOString().slice(0, 7)}-01T00:00:00Z`;
}

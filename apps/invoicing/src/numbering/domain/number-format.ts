import { assert, type Violation } from '@billingrails/errors';

/** What numbers of one counter have in common. */
export interface NumberShape {
  /** What stands before the number, which never ends with a digit: each has a counter of its own. */
  readonly prefix: string;
  /** How many digits the number has at least. */
  readonly digits: number;
}

const FORMAT_LENGTH_MAX = 40;
const SERIES = /^[A-Z0-9]{1,12}$/;
const NUMBER = /\{number(?::([1-9]|1[0-2]))?\}$/;

/** Why a series cannot be one; none: it can. */
export function seriesViolations(series: string, field: string): Violation[] {
  if (SERIES.test(series)) return [];
  return [{ field, description: 'must be 1 to 12 capital letters and digits, such as "INV"' }];
}

/**
 * Why numbers cannot be written so; none: they can. As {number} comes last and after no digit, what stands before it
 * and the number can be told from each other: no two numbers read alike, whatever format either was written by.
 */
export function formatViolations(format: string, field: string): Violation[] {
  const fault = (description: string): Violation[] => [{ field, description }];
  if (format.length > FORMAT_LENGTH_MAX) return fault('must have at most 40 characters');
  if (!NUMBER.test(format))
    return fault('must end with {number}, or {number:6} for at least 6 digits (1 to 12)');
  const before = format.replace(NUMBER, '');
  const literal = before.replaceAll('{series}', '').replaceAll('{year}', '');
  const violations: Violation[] = [];
  if (/[{}]/.test(literal))
    violations.push(
      ...fault('may hold {series}, {year} and {number} only, the last once and at its end'),
    );
  else if (!/^[A-Za-z0-9/_-]*$/.test(literal))
    violations.push(
      ...fault('may hold letters, digits, "-", "_" and "/" beside what is in braces'),
    );
  if (!before.includes('{series}')) violations.push(...fault('must hold {series}'));
  if (!/[A-Za-z/_-]$/.test(before))
    violations.push(...fault('must have a letter, "-", "_" or "/" right before {number}'));
  return violations;
}

/** How the numbers of a series and year are written, by a format without violations. */
export function numberShape(format: string, series: string, year: string): NumberShape {
  const digits = NUMBER.exec(format);
  assert(digits !== null, 'the format was checked before');
  return {
    prefix: format.replace(NUMBER, '').replaceAll('{series}', series).replaceAll('{year}', year),
    digits: Number(digits[1] ?? 1),
  };
}

/** `INV-000001` of `INV-`, six digits and 1. A number with more digits than those has all of them. */
export function numberText({ prefix, digits }: NumberShape, number: number): string {
  assert(Number.isSafeInteger(number) && number > 0, 'numbers count from 1');
  return `${prefix}${String(number).padStart(digits, '0')}`;
}

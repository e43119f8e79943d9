import type { Json } from '../rpc/connection';

/** The JSON number grammar. */
const NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * A cell of a table as a value: a number where it is written as a double writes it, as meters want it; else a text,
 * which meters count as the number that it writes. So "1.10" stays apart from "1.1", and "007" and "1e5" are texts.
 */
export function valueFrom(text: string): Json {
  if (text === 'true') return true;
  if (text === 'false') return false;
  if (!NUMBER.test(text) || !isExact(text)) return text;
  const number = Number(text);
  return String(number) === text ? number : text;
}

function isExact(text: string): boolean {
  return text.replace(/^-?0*\.?|\./g, '').length <= EXACT_DIGITS;
}

/** So many significant digits any decimal may have to come back from a double as it was. */
const EXACT_DIGITS = 15;

/** Seconds up to the year 5138; more digits are milliseconds, microseconds or nanoseconds. */
const EPOCH = /^\d{9,19}$/;

/**
 * A time as RFC 3339: of RFC 3339 itself, with a space for the "T", without a zone (UTC then), or of seconds,
 * milliseconds, microseconds or nanoseconds since 1970, told apart by their digits. More than nine digits of a second
 * are cut. Undefined for anything else.
 */
export function instantFrom(text: string): string | undefined {
  if (EPOCH.test(text)) return epochInstant(text);
  const match =
    /^(\d{4}-\d{2}-\d{2})(?:[Tt ](\d{2}:\d{2})(:\d{2})?(?:[.,](\d+))?)?\s?([Zz]|UTC|[+-]\d{2}:?\d{2})?$/.exec(
      text.trim(),
    );
  if (!match) return undefined;
  const [, day = '', minutes = '00:00', seconds = ':00', fraction = '', zone = 'Z'] = match;
  const digits = fraction.slice(0, 9).replace(/0+$/, '');
  const offset = /^[+-]/.test(zone) ? zone.replace(/^(...)(\d\d)$/, '$1:$2') : 'Z';
  return `${day}T${minutes}${seconds}${digits === '' ? '' : `.${digits}`}${offset}`;
}

function epochInstant(text: string): string | undefined {
  const digitsOfFraction =
    text.length <= 11 ? 0 : text.length <= 14 ? 3 : text.length <= 17 ? 6 : 9;
  const at = text.length - digitsOfFraction;
  const seconds = Number(text.slice(0, at)) * 1_000;
  if (!(Math.abs(seconds) <= 8.64e15)) return undefined;
  const whole = new Date(seconds).toISOString().slice(0, 19);
  const fraction = text.slice(at).replace(/0+$/, '');
  return `${whole}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/**
 * A text of JSON in which the numbers that ingest takes only as texts are texts: those that a double would round, whole
 * ones beyond 2^53, and those of more than 18 fraction digits. Meters count such a text as the number that it writes.
 */
export function longNumbersAsTexts(json: string): string {
  if (!MAYBE_LONG.test(json)) return json;
  return json.replace(TOKENS, (token) =>
    token.startsWith('"') || isTakenAsNumber(token) ? token : `"${token}"`,
  );
}

/** A number of 16 digits or more, or with an exponent, where JSON may have one: nothing else needs a closer look. */
const MAYBE_LONG = /[:,[\s]-?(?:[\d.]{16}|\d[\d.]*[eE])/;
const TOKENS = /"(?:[^"\\]|\\.)*"|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/g;

function isTakenAsNumber(literal: string): boolean {
  const [, mantissa] = JSON_NUMBER.exec(literal) ?? [];
  // What is no JSON is left for its parser to refuse.
  if (mantissa === undefined) return true;
  const number = Number(literal);
  if (!isExact(mantissa) || !(Math.abs(number) <= Number.MAX_SAFE_INTEGER)) return false;
  return fractionDigits(number) <= FRACTION_DIGITS_MAX && (number !== 0 || !/[1-9]/.test(mantissa));
}

const JSON_NUMBER = /^(-?(?:0|[1-9]\d*)(?:\.\d+)?)(?:[eE][+-]?\d+)?$/;
const FRACTION_DIGITS_MAX = 18;

function fractionDigits(number: number): number {
  const [mantissa = '', exponent = '0'] = String(number).split('e');
  return (mantissa.split('.')[1]?.length ?? 0) - Number(exponent);
}

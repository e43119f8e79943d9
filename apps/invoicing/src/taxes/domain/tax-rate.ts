import type { TaxRateId } from '@billingrails/ids';
import type { Decimal } from '@billingrails/money';
import type { Address } from '../../totals/domain/assessment';

/** A tax that is owed at a place, for a kind of supplies, for a time. */
export interface TaxRate {
  readonly id: TaxRateId;
  /** What tells taxes apart: of each name one rate holds. */
  readonly name: string;
  readonly percent: Decimal;
  readonly compound: boolean;
  /** ISO 3166-1 alpha-2. */
  readonly countryCode: string;
  /** Empty: all of the country. */
  readonly region: string;
  /** As `postalKey` has it. Empty: any. */
  readonly postalCodePrefix: string;
  /** Empty: all supplies. */
  readonly category: string;
  /** Unset: always. */
  readonly startMs?: number;
  /** Unset: for good. */
  readonly endMs?: number;
  readonly note: string;
}

/** What is taxed. */
export interface Supply {
  readonly place: Pick<Address, 'countryCode' | 'region' | 'postalCode'>;
  readonly category: string;
  readonly atMs: number;
}

/**
 * The rates that hold for a supply: of each name the one that fits best, by the longest prefix of the postal code, then
 * a region, then a category, then the latest start, then the latest id. Names are in the order in which they come in
 * the table.
 */
export function ratesFor(table: readonly TaxRate[], supply: Supply): TaxRate[] {
  const best = new Map<string, TaxRate>();
  for (const rate of table.filter((each) => fits(each, supply))) {
    const before = best.get(rate.name);
    if (before === undefined || isCloser(rate, before)) best.set(rate.name, rate);
  }
  return [...best.values()];
}

/** Postal codes are compared without case, spaces and hyphens. */
export function postalKey(text: string): string {
  return text.replace(/[ -]/g, '').toUpperCase();
}

/** All that a postal code begins with, from nothing to all of it. */
export function postalPrefixes(postalCode: string): string[] {
  const key = postalKey(postalCode);
  return Array.from({ length: key.length + 1 }, (_, length) => key.slice(0, length));
}

function fits(rate: TaxRate, { place, category, atMs }: Supply): boolean {
  return (
    rate.countryCode === place.countryCode &&
    (rate.region === '' || rate.region.toUpperCase() === place.region.toUpperCase()) &&
    postalKey(place.postalCode).startsWith(rate.postalCodePrefix) &&
    (rate.category === '' || rate.category === category) &&
    (rate.startMs ?? -Infinity) <= atMs &&
    atMs < (rate.endMs ?? Infinity)
  );
}

function isCloser(a: TaxRate, b: TaxRate): boolean {
  for (const closeness of CLOSENESS) {
    const [one, other] = [closeness(a), closeness(b)];
    if (one !== other) return one > other;
  }
  return a.id > b.id;
}

const CLOSENESS: readonly ((rate: TaxRate) => number)[] = [
  ({ postalCodePrefix }) => postalCodePrefix.length,
  ({ region }) => Number(region !== ''),
  ({ category }) => Number(category !== ''),
  ({ startMs }) => startMs ?? -Infinity,
];

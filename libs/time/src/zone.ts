import { assert } from '@billingrails/errors';
import { DAY_MS } from './period';
import { ianaNameOf } from './zone-names';

/** Not offsets: newer engines take "+02:00" for a zone too, but it knows no summer time. */
const ianaName = /^[A-Za-z][A-Za-z0-9_+-]*(?:\/[A-Za-z0-9_+-]+)*$/;

/** Names that ICU adds to IANA's. Their letters mislead: its "BST" is Bangladesh, its "IST" India. */
const notIana =
  /^(?:SystemV\/.*|[AB]ST|ACT|AET|AGT|ART|BET|CAT|CNT|CST|CTT|EAT|ECT|IET|IST|JST|MIT|NET|NST|PLT|PNT|PRT|PST|SST|VST)$/i;

/** Making a zone costs as much as thirty lookups in it, so those last used are kept. */
const ZONES_KEPT_MAX = 32;
const kept = new Map<string, Zone>();
/** In each of them: a year by day, some times over. */
const OFFSETS_KEPT_MAX = 2_048;

/**
 * What the clocks of a time zone show. A wall time is written as the milliseconds at which a clock in UTC shows the
 * same: instant + offset. Offsets come straight from Intl: see the README for why not from a Temporal polyfill.
 *
 * Relies on no zone changing its offset twice within 48 hours; none in the IANA database ever has.
 */
export class Zone {
  /** Those asked for last: the same days are asked for again and again, and Intl takes its time. */
  readonly #offsets = new Map<number, number>();

  /** The one name of the zone, whatever name and case it was asked for by. */
  readonly name: string;

  private constructor(private readonly format: Intl.DateTimeFormat) {
    this.name = ianaNameOf(format.resolvedOptions().timeZone);
  }

  /** The zone of an IANA name (case does not matter); undefined for any other name. */
  static find(name: string): Zone | undefined {
    const zone = kept.get(name) ?? Zone.#make(name);
    if (zone === undefined) return undefined;
    kept.delete(name);
    kept.set(name, zone);
    for (const oldest of kept.keys()) {
      if (kept.size <= ZONES_KEPT_MAX) break;
      kept.delete(oldest);
    }
    return zone;
  }

  static #make(name: string): Zone | undefined {
    if (!ianaName.test(name) || notIana.test(name)) return undefined;
    try {
      return new Zone(
        new Intl.DateTimeFormat('en-US', {
          timeZone: name,
          calendar: 'gregory',
          numberingSystem: 'latn',
          hourCycle: 'h23',
          day: 'numeric',
          hour: 'numeric',
          minute: 'numeric',
          second: 'numeric',
        }),
      );
    } catch (error) {
      if (error instanceof RangeError) return undefined;
      throw error;
    }
  }

  /** The zone of a name that was checked with `isTimeZone` before. */
  static named(name: string): Zone {
    const zone = Zone.find(name);
    assert(zone, 'the time zone was checked before');
    return zone;
  }

  /** How far the zone's clocks are ahead of UTC at the instant, in milliseconds; whole seconds, less than a day. */
  offsetMs(ms: number): number {
    const known = this.#offsets.get(ms);
    if (known !== undefined) return known;
    const offset = this.#readOffset(ms);
    if (this.#offsets.size >= OFFSETS_KEPT_MAX) this.#offsets.clear();
    this.#offsets.set(ms, offset);
    return offset;
  }

  #readOffset(ms: number): number {
    const shown = { day: 0, hour: 0, minute: 0, second: 0 };
    for (const { type, value } of this.format.formatToParts(ms)) {
      if (type === 'day' || type === 'hour' || type === 'minute' || type === 'second')
        shown[type] = Number(value);
    }
    const utc = new Date(ms);
    const ahead =
      (shown.hour - utc.getUTCHours()) * 3_600_000 +
      (shown.minute - utc.getUTCMinutes()) * 60_000 +
      (shown.second - utc.getUTCSeconds()) * 1_000;
    if (shown.day === utc.getUTCDate()) return ahead;
    return ahead < 0 ? ahead + DAY_MS : ahead - DAY_MS;
  }

  wallMs(ms: number): number {
    return ms + this.offsetMs(ms);
  }

  /**
   * When the clocks show the wall time. Shown twice: the first. Never shown, as the clocks skip it: as late after the
   * skip as it would have been without ('compatible' in Temporal).
   */
  instantOf(wallMs: number): number {
    const { before, shownMs } = this.#around(wallMs);
    return shownMs ?? wallMs - before;
  }

  /** The first instant at which the clocks show the wall time or a later one. */
  firstAtOrAfter(wallMs: number): number {
    const { before, shownMs } = this.#around(wallMs);
    return shownMs ?? this.changeBetween(wallMs - DAY_MS, wallMs + DAY_MS, before);
  }

  /** The one instant in (fromMs, toMs] from which the offset is no longer `before`, which it is at `fromMs`. */
  changeBetween(fromMs: number, toMs: number, before: number): number {
    let low = fromMs;
    let high = toMs;
    while (high - low > 1) {
      const middle = Math.floor((low + high) / 2);
      if (this.offsetMs(middle) === before) low = middle;
      else high = middle;
    }
    return high;
  }

  /** The offset before the wall time, and the first instant that shows it, if any does. */
  #around(wallMs: number): { before: number; shownMs?: number } {
    const before = this.offsetMs(wallMs - DAY_MS);
    const after = this.offsetMs(wallMs + DAY_MS);
    if (before === after) return { before, shownMs: wallMs - before };
    for (const offset of [before, after])
      if (this.offsetMs(wallMs - offset) === offset) return { before, shownMs: wallMs - offset };
    return { before };
  }
}

/**
 * Whether this is the name of a time zone: an IANA name such as "Europe/Berlin" or "UTC" that this machine's Intl
 * knows, in any case. Offsets ("+02:00") are none.
 */
export function isTimeZone(name: string): boolean {
  return Zone.find(name) !== undefined;
}

/**
 * The name that a time zone is stored, compared and shown by, whatever case and alias it was sent in: "Europe/Berlin"
 * for "europe/berlin", "UTC" for "Etc/UTC", "Asia/Kolkata" for "Asia/Calcutta". What is no time zone stays as it is.
 */
export function canonicalTimeZone(name: string): string {
  return Zone.find(name)?.name ?? name;
}

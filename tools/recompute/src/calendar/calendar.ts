const DAY_MS = 86_400_000;

const formats = new Map<string, Intl.DateTimeFormat>();

const walls = new Map<string, number>();

/** What clocks on the wall of the zone show, as if it were UTC. */
export function wallMs(ms: number, timeZone: string): number {
  const key = `${ms} ${timeZone}`;
  const known = walls.get(key);
  if (known !== undefined) return known;
  const wall = readWallMs(ms, timeZone);
  walls.set(key, wall);
  return wall;
}

function readWallMs(ms: number, timeZone: string): number {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      hourCycle: 'h23',
      year: 'numeric',
      month: 'numeric',
      day: 'numeric',
      hour: 'numeric',
      minute: 'numeric',
      second: 'numeric',
    });
    formats.set(timeZone, format);
  }
  const parts = new Map(format.formatToParts(ms).map(({ type, value }) => [type, Number(value)]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? 0;
  const seconds = Date.UTC(
    part('year'),
    part('month') - 1,
    part('day'),
    part('hour'),
    part('minute'),
    part('second'),
  );
  return seconds + (((ms % 1000) + 1000) % 1000);
}

/** The instant at which the wall shows this: of two the earlier; of none, as much after the gap as it lies in it. */
export function instantOf(wall: number, timeZone: string): number {
  const offsets = [wall - DAY_MS, wall + DAY_MS].map((ms) => wallMs(ms, timeZone) - ms);
  const [before = 0] = offsets;
  const fitting = offsets
    .map((offset) => wall - offset)
    .filter((ms) => wallMs(ms, timeZone) === wall);
  return fitting.length > 0 ? Math.min(...fitting) : wall - before;
}

/** How many dates lie between. */
export function datesBetween(fromMs: number, untilMs: number, timeZone: string): number {
  const date = (ms: number) => Math.floor(wallMs(ms, timeZone) / DAY_MS);
  return date(untilMs) - date(fromMs);
}

import { Format, SingleBar } from 'cli-progress';
import { isWatched, say } from '../io';

/** What an import says while it works. */
export interface Progress {
  /** How many events were sent, and how many bytes of the input they were, of how many; of stdin nobody knows that. */
  tell(events: number, bytes: number): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** A bar with rate and time left where somebody watches; elsewhere a line every few seconds. On stderr. */
export function startProgress(
  what: string,
  bytesTotal: number | undefined,
  now: () => number,
): Progress {
  return isWatched() && bytesTotal !== undefined
    ? barProgress(what, bytesTotal, now)
    : lineProgress(what, bytesTotal, now);
}

function barProgress(what: string, bytesTotal: number, now: () => number): Progress {
  const startMs = now();
  const bar = new SingleBar({
    format: (options, params, payload: { events: number }) =>
      lineOf(
        `${what}  ${Format.BarFormat(params.progress, options)} `,
        ...([payload.events, params.progress, now() - startMs] as const),
      ),
    stream: process.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(Math.max(bytesTotal, 1), 0, { events: 0 });
  return {
    tell: (events, bytes) => bar.update(bytes, { events }),
    stop: () => bar.stop(),
  };
}

function lineProgress(what: string, bytesTotal: number | undefined, now: () => number): Progress {
  const startMs = now();
  let toldMs = startMs;
  return {
    tell(events, bytes) {
      const nowMs = now();
      if (nowMs - toldMs < LINE_EVERY_MS) return;
      toldMs = nowMs;
      const share = bytesTotal === undefined ? undefined : bytes / Math.max(bytesTotal, 1);
      say(lineOf(`${what}: `, events, share, nowMs - startMs));
    },
    stop: () => undefined,
  };
}

/** "usage.csv: 41%  3,600 events  1,200/s  4 s left". */
export function lineOf(
  head: string,
  events: number,
  share: number | undefined,
  elapsedMs: number,
): string {
  const seconds = Math.max(elapsedMs, 1) / 1_000;
  const rate = Math.round(events / seconds);
  const left = share ? (seconds / share) * (1 - share) : undefined;
  return [
    `${head}${share === undefined ? '' : `${Math.floor(share * 100)}%`}`.trimEnd(),
    `${events.toLocaleString('en-US')} events`,
    `${rate.toLocaleString('en-US')}/s`,
    ...(left === undefined ? [] : [`${durationText(left)} left`]),
  ].join('  ');
}

export function durationText(seconds: number): string {
  const whole = Math.ceil(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3_600)} h ${Math.floor((whole % 3_600) / 60)} min`;
}

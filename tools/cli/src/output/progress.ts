// As Node loads it: the package is CommonJS, and its names are none that could be found before it has run.
import progress from 'cli-progress';
import { isWatched, say } from '../io';

/** What a command that takes long says while it works. */
export interface Progress {
  /** How many things are done, such as events, and how far that is of the whole, such as bytes of the input. */
  tell(done: number, place: number): void;
  stop(): void;
}

const LINE_EVERY_MS = 5_000;

/** What is told of, how far its whole goes (of stdin nobody knows that), and what its things are called. */
interface Whole {
  readonly what: string;
  readonly total: number | undefined;
  readonly things: string;
}

/** A bar with rate and time left where somebody watches; elsewhere a line every few seconds. On stderr. */
export function startProgress(whole: Whole, now: () => number): Progress {
  const { total } = whole;
  return isWatched() && total !== undefined
    ? barProgress({ ...whole, total }, now)
    : lineProgress(whole, now);
}

function barProgress(
  { what, total, things }: Whole & { readonly total: number },
  now: () => number,
): Progress {
  const startMs = now();
  const bar = new progress.SingleBar({
    format: (options, params, payload: { done: number }) =>
      lineOf(
        `${what}  ${progress.Format.BarFormat(params.progress, options)} `,
        ...([payload.done, things, params.progress, now() - startMs] as const),
      ),
    stream: process.stderr,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 24,
    hideCursor: true,
    clearOnComplete: true,
  });
  bar.start(Math.max(total, 1), 0, { done: 0 });
  return {
    tell: (done, place) => bar.update(place, { done }),
    stop: () => bar.stop(),
  };
}

function lineProgress({ what, total, things }: Whole, now: () => number): Progress {
  const startMs = now();
  let toldMs = startMs;
  return {
    tell(done, place) {
      const nowMs = now();
      if (nowMs - toldMs < LINE_EVERY_MS) return;
      toldMs = nowMs;
      const share = total === undefined ? undefined : place / Math.max(total, 1);
      say(lineOf(`${what}: `, done, things, share, nowMs - startMs));
    },
    stop: () => undefined,
  };
}

/** "usage.csv: 41%  3,600 events  1,200/s  4 s left". */
export function lineOf(
  head: string,
  done: number,
  things: string,
  share: number | undefined,
  elapsedMs: number,
): string {
  const seconds = Math.max(elapsedMs, 1) / 1_000;
  const rate = Math.round(done / seconds);
  const left = share ? (seconds / share) * (1 - share) : undefined;
  return [
    `${head}${share === undefined ? '' : `${Math.floor(share * 100)}%`}`.trimEnd(),
    `${done.toLocaleString('en-US')} ${things}`,
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

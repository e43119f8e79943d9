/** What a script can rely on. A number never gets another meaning. */
export const EXIT = {
  ok: 0,
  fault: 1,
  usage: 2,
  refused: 3,
  notFound: 4,
  denied: 5,
  unavailable: 6,
  linesRefused: 7,
  disagrees: 8,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What each means, for `help exit-codes` and docs/cli.md. */
export const EXIT_MEANINGS: readonly (readonly [ExitCode, string])[] = [
  [EXIT.ok, 'Done.'],
  [EXIT.fault, 'A fault of the platform or of this program: what happened is on stderr.'],
  [EXIT.usage, 'The command line cannot be read: an unknown option, a missing value, a file.'],
  [EXIT.refused, 'The platform refuses the request; every violation is told by its path.'],
  [EXIT.notFound, 'There is no such thing, or not in this organisation.'],
  [EXIT.denied, 'There is no key, or it does not allow this.'],
  [
    EXIT.unavailable,
    'The platform cannot be reached or is busy; the same command may be tried again.',
  ],
  [EXIT.linesRefused, '`events import`: some lines were refused, all others are counted.'],
  [EXIT.disagrees, '`verify`, `report`, `audit verify`: something is not what it says.'],
  [EXIT.interrupted, 'Ctrl-C.'],
];

/** What the command line itself cannot do, with what to do next. */
export class CliError extends Error {
  constructor(
    message: string,
    readonly remedy: string,
    readonly exitCode: ExitCode = EXIT.usage,
  ) {
    super(message);
  }
}

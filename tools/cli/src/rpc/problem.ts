import { reasonsByOwner, helpUrl } from '@billingrails/errors';
import { CliError, EXIT, type ExitCode } from '../exit-codes';
import { CallError } from './call-error';

/** An error as people read it, and what the process ends with. */
export interface Problem {
  readonly text: string;
  readonly exitCode: ExitCode;
}

const cures: ReadonlyMap<string, string> = new Map(
  Object.values(reasonsByOwner).flatMap((reasons) =>
    Object.entries(reasons).map(([reason, { cure }]) => [reason, cure] as const),
  ),
);

const EXIT_OF: Readonly<Record<string, ExitCode>> = {
  invalid_argument: EXIT.refused,
  failed_precondition: EXIT.refused,
  already_exists: EXIT.refused,
  out_of_range: EXIT.refused,
  not_found: EXIT.notFound,
  unauthenticated: EXIT.denied,
  permission_denied: EXIT.denied,
  unavailable: EXIT.unavailable,
  resource_exhausted: EXIT.unavailable,
  deadline_exceeded: EXIT.unavailable,
  aborted: EXIT.unavailable,
  canceled: EXIT.interrupted,
};

/** What to do where the answer has no reason of ours: it did not come from the platform, or is a fault of it. */
const REMEDIES: Readonly<Record<string, string>> = {
  unauthenticated: 'Store a key with `billingrails login --key-stdin`, or set BILLINGRAILS_KEY.',
  permission_denied: 'Use a key that has the scope, or ask for one.',
  unimplemented: 'Does the address belong to a Billingrails, and to one as new as this program?',
  unavailable: 'Try again; every command may be repeated.',
};

/** Tells an error: what happened, every violation by its path, what to do next, and where to read on. */
export function describeProblem(error: unknown): Problem {
  if (error instanceof CallError) return { text: callText(error), exitCode: exitOf(error) };
  if (error instanceof CliError) {
    return { text: lines(error.message, '', error.remedy), exitCode: error.exitCode };
  }
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { text: `A fault of this program: ${text}`, exitCode: EXIT.fault };
}

function exitOf({ code }: CallError): ExitCode {
  return EXIT_OF[code] ?? EXIT.fault;
}

function callText({ code, message, details }: CallError): string {
  const { reason, violations, requestId } = details;
  // The message says the first one itself.
  const isTold = violations.length === 1 && message.includes(violations[0]?.description ?? '');
  const told = (isTold ? [] : violations)
    .map(({ field, description }) => `  ${field}: ${description}`)
    .join('\n');
  const remedy = plain(cures.get(reason) ?? REMEDIES[code] ?? '');
  const more = reason === '' ? code : `${reason}, ${helpUrl(reason)}`;
  const request = requestId === '' ? '' : ` Request ${requestId}.`;
  return lines(message, told, [remedy, `${more}.${request}`].filter(Boolean).join('\n'));
}

/** Of Markdown: links are for pages. */
function plain(text: string): string {
  return text.replace(/\[([^\]]+)\]\([^)]*\)/g, '$1');
}

function lines(...parts: readonly string[]): string {
  return parts.filter((part) => part !== '').join('\n');
}

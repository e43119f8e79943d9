import { reasonsByOwner, type ReasonKind, type ReasonText } from '@billingrails/errors';
import { withWritten } from './written-tables';

/** The status of each kind: of gRPC, and of Connect's answers over HTTP. */
const statusOf: Readonly<Record<ReasonKind, readonly [string, number]>> = {
  invalid: ['INVALID_ARGUMENT', 400],
  not_found: ['NOT_FOUND', 404],
  conflict: ['ALREADY_EXISTS', 409],
  precondition: ['FAILED_PRECONDITION', 400],
  stale: ['ABORTED', 409],
  exhausted: ['RESOURCE_EXHAUSTED', 429],
  unavailable: ['UNAVAILABLE', 503],
  unauthenticated: ['UNAUTHENTICATED', 401],
  forbidden: ['PERMISSION_DENIED', 403],
  canceled: ['CANCELED', 499],
  deadline: ['DEADLINE_EXCEEDED', 504],
  unimplemented: ['UNIMPLEMENTED', 501],
  internal: ['INTERNAL', 500],
};

/** docs/errors.md with its tables made anew from the reasons of the code. */
export function withReasons(page: string): string {
  const tables = Object.entries(reasonsByOwner).map(([owner, reasons]) => tableOf(owner, reasons));
  return withWritten(page, 'reasons', tables.join('\n\n'));
}

function tableOf(owner: string, reasons: Readonly<Record<string, ReasonText>>): string {
  const rows = Object.entries(reasons)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([reason, { kind, meaning, cure, httpStatus }]) => {
      const [code, http] = statusOf[kind];
      const named = `<a id="${reason}"></a>\`${reason}\``;
      return `| ${named} | \`${code}\` (HTTP ${httpStatus ?? http}) | ${meaning} | ${cure} |`;
    });
  return [`## ${owner}`, '', '| reason | status | meaning | cure |', '|-|-|-|-|', ...rows].join(
    '\n',
  );
}

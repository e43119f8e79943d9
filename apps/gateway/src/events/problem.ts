import { STATUS_CODES } from 'node:http';
import { helpUrl, type Violation } from '@billingrails/errors';
import type { PlainAnswer } from '@billingrails/rpc';

/** What is wrong, for application/problem+json (RFC 9457). */
export interface Problem {
  readonly status: number;
  /** What to do, in a sentence. */
  readonly detail: string;
  /** As in docs/errors.md. */
  readonly reason: string;
  readonly violations?: readonly Violation[];
  readonly headers?: Readonly<Record<string, string>>;
}

export function problemAnswer({
  status,
  detail,
  reason,
  violations = [],
  headers,
}: Problem): PlainAnswer {
  const [first] = violations;
  const more = violations.length > 1 ? `, and ${violations.length - 1} more` : '';
  const body = {
    type: helpUrl(reason),
    title: STATUS_CODES[status] ?? 'Error',
    status,
    detail: first === undefined ? detail : `${detail} ${first.field}: ${first.description}${more}.`,
    reason,
    ...(violations.length > 0 && { violations }),
  };
  return {
    status,
    headers: { ...headers, 'content-type': 'application/problem+json' },
    body: JSON.stringify(body),
  };
}

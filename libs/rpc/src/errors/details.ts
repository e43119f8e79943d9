import { create, type DescMessage, type MessageInitShape } from '@bufbuild/protobuf';
import { durationFromMs, durationMs } from '@bufbuild/protobuf/wkt';
import {
  BadRequestSchema,
  ErrorInfoSchema,
  HelpSchema,
  RetryInfoSchema,
} from '@billingrails/contracts/google/rpc/error_details_pb';
import { Code, ConnectError } from '@connectrpc/connect';
import { DomainError, helpUrl, type Reason, type Violation } from '@billingrails/errors';
import { codeOfKind, kindOfCode } from './kinds';
import { cutForHeader, messageAlone, messageWithFirst } from './message';

/** Who names the reasons in ErrorInfo. */
const ERROR_DOMAIN = 'billingrails';

/**
 * gRPC sends errors as HTTP/2 trailers, and most clients refuse more than 8 KiB of those. Base64 adds a third and the
 * message travels twice.
 */
const GRPC_VIOLATION_BYTES_MAX = 3_500;
const GRPC_MESSAGE_LENGTH_MAX = 400;

/** In ErrorInfo's metadata: how many violations BadRequest does not list. */
const OMITTED = 'violations_omitted';

/** What ConnectError sends. */
type OutgoingDetail = Extract<ConnectError['details'][number], { desc: unknown }>;

export interface Encoding {
  /** Whether the error must fit into trailers. */
  readonly inTrailers: boolean;
}

/**
 * The error as it goes to the caller: google.rpc.ErrorInfo with the reason, BadRequest with the violations, RetryInfo
 * with the delay, Help with the place in docs/errors.md. The message says the first violation itself, for many clients
 * show nothing else. In trailers, violations that do not fit are left out; ErrorInfo.metadata["violations_omitted"]
 * says how many.
 */
export function connectErrorOf(error: DomainError, { inTrailers }: Encoding): ConnectError {
  const shown = inTrailers ? fitting(error.violations) : error.violations;
  const omitted = error.violationCount - shown.length;
  const details: OutgoingDetail[] = [
    detail(ErrorInfoSchema, {
      reason: error.reason,
      domain: ERROR_DOMAIN,
      metadata: omitted > 0 ? { ...error.metadata, [OMITTED]: String(omitted) } : error.metadata,
    }),
  ];
  if (shown.length > 0) {
    details.push(detail(BadRequestSchema, { fieldViolations: shown.map((v) => ({ ...v })) }));
  }
  if (error.retryAfterMs !== undefined) {
    details.push(detail(RetryInfoSchema, { retryDelay: durationFromMs(error.retryAfterMs) }));
  }
  details.push(helpFor(error.reason));
  const told = messageWithFirst(error);
  const message = inTrailers ? cutForHeader(told, GRPC_MESSAGE_LENGTH_MAX) : told;
  const code = codeOfKind[error.kind];
  return new ConnectError(message, code, retryHeaders(code, error.retryAfterMs), details, error);
}

/**
 * The DomainError behind an answer of one of our services. Undefined when the answer says nothing about the request:
 * internal errors, deadlines, and errors that the service itself did not make (such as a connection that failed).
 */
export function domainErrorOf(error: ConnectError): DomainError | undefined {
  const kind = kindOfCode(error.code);
  const info = error.findDetails(ErrorInfoSchema).find(({ domain }) => domain === ERROR_DOMAIN);
  if (kind === undefined || info === undefined) return undefined;
  const violations = error
    .findDetails(BadRequestSchema)
    .flatMap((request) => request.fieldViolations)
    .map(({ field, description }) => ({ field, description }));
  const delay = error.findDetails(RetryInfoSchema)[0]?.retryDelay;
  // Another version of a service may have reasons that this one does not know; they are passed on.
  const reason = info.reason as Reason;
  const message = messageAlone(error.rawMessage, violations[0]);
  const { [OMITTED]: omitted = '0', ...metadata } = info.metadata;
  return new DomainError(kind, reason, message, violations, {
    ...{ cause: error, metadata },
    violationCount: violations.length + Number(omitted),
    ...(delay && { retryAfterMs: durationMs(delay) }),
  });
}

/**
 * An error that is not about the caller's data, with a reason for programs. None that says to try again: those say
 * when, and are DomainErrors.
 */
export function plainError(
  code: Exclude<Code, Code.Unavailable>,
  reason: Reason,
  message: string,
  cause?: unknown,
): ConnectError {
  const details = [detail(ErrorInfoSchema, { reason, domain: ERROR_DOMAIN }), helpFor(reason)];
  return new ConnectError(message, code, retryHeaders(code, undefined), details, cause);
}

/** Where the reason is explained. */
function helpFor(reason: Reason): OutgoingDetail {
  const link = { description: `What ${reason} means, and what to do`, url: helpUrl(reason) };
  return detail(HelpSchema, { links: [link] });
}

/**
 * RetryInfo as generic clients read it: those of gRPC in milliseconds, those of HTTP in whole seconds. Clients may be
 * told to repeat whatever ended with RESOURCE_EXHAUSTED: where that cannot help, -1 tells gRPC's not to.
 */
function retryHeaders(
  code: Code,
  retryAfterMs: number | undefined,
): Record<string, string> | undefined {
  if (retryAfterMs === undefined) {
    return code === Code.ResourceExhausted ? { [PUSHBACK]: '-1' } : undefined;
  }
  return { [PUSHBACK]: `${retryAfterMs}`, 'retry-after': `${Math.ceil(retryAfterMs / 1_000)}` };
}

const PUSHBACK = 'grpc-retry-pushback-ms';

function detail<Desc extends DescMessage>(desc: Desc, value: MessageInitShape<Desc>) {
  return { desc, value: create(desc, value) };
}

function fitting(violations: readonly Violation[]): readonly Violation[] {
  let bytes = 0;
  const end = violations.findIndex(({ field, description }) => {
    bytes += Buffer.byteLength(field) + Buffer.byteLength(description) + 8;
    return bytes > GRPC_VIOLATION_BYTES_MAX;
  });
  return end < 0 ? violations : violations.slice(0, end);
}

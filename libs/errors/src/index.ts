export type { ErrorKind } from './error-kind';
export { assert, AssertionError } from './assert';
export { SetupError } from './setup-error';
export {
  conflict,
  DomainError,
  exhausted,
  invalid,
  notFound,
  precondition,
  stale,
  unavailable,
  withViolations,
  type DomainErrorOptions,
  type Violation,
} from './domain-error';
export type { ReasonKind, ReasonText } from './reasons/reason';
export { helpUrl, reasonsByOwner, type Reason, type ReasonOf } from './reasons/reasons';

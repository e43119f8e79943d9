import type { ErrorKind } from '../error-kind';

/** What the platform itself ends calls with, beside what handlers throw. */
export type ReasonKind = ErrorKind | 'canceled' | 'deadline' | 'unimplemented' | 'internal';

/** What docs/errors.md says of a reason. */
export interface ReasonText {
  readonly kind: ReasonKind;
  /** What happened, in a sentence. */
  readonly meaning: string;
  /** What whoever reads it does about it, in a sentence. */
  readonly cure: string;
  /** The HTTP status of Connect's answers, where it is not that of the kind. */
  readonly httpStatus?: number;
}

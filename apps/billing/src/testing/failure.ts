import {
  BadRequestSchema,
  ErrorInfoSchema,
} from '@billingrails/contracts/google/rpc/error_details_pb';
import { Code, ConnectError } from '@connectrpc/connect';

/** How a call failed, as a client sees it. */
export interface Failure {
  readonly code: string;
  readonly reason: string;
  /** The paths of what is wrong, in order. */
  readonly fields: string[];
}

/** The failure of a call that must fail. */
export async function failureOf(call: Promise<unknown>): Promise<Failure> {
  try {
    await call;
  } catch (error) {
    if (!(error instanceof ConnectError)) throw error;
    return {
      code: Code[error.code],
      reason: error.findDetails(ErrorInfoSchema)[0]?.reason ?? '',
      fields: error
        .findDetails(BadRequestSchema)
        .flatMap((detail) => detail.fieldViolations.map(({ field }) => field)),
    };
  }
  throw new Error('The call was expected to fail.');
}

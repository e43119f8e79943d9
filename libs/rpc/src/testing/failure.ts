import {
  BadRequestSchema,
  ErrorInfoSchema,
} from '@billingrails/contracts/google/rpc/error_details_pb';
import { assert } from '@billingrails/errors';
import { ConnectError, type Code } from '@connectrpc/connect';

/** Code and reason of a call that must fail, and the fields that it names. */
export async function failureOf(
  call: Promise<unknown>,
): Promise<{ code: Code; reason?: string; fields?: string[] }> {
  const error = await call.then(
    (answer) =>
      assert(false, `the call fails, and does not answer ${JSON.stringify(answer, plain)}`),
    (thrown: unknown) => thrown,
  );
  assert(error instanceof ConnectError, `the call fails with a ConnectError, not ${String(error)}`);
  const reason = error.findDetails(ErrorInfoSchema)[0]?.reason;
  const fields = error
    .findDetails(BadRequestSchema)
    .flatMap(({ fieldViolations }) => fieldViolations.map(({ field }) => field));
  return {
    code: error.code,
    ...(reason === undefined ? {} : { reason }),
    ...(fields.length === 0 ? {} : { fields }),
  };
}

function plain(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? value.toString() : value;
}

import { ConnectError } from '@connectrpc/connect';

/** A query that breaks no rule. */
export const query = {
  meterId: 'mtr_1',
  startTime: { seconds: 0n, nanos: 0 },
  endTime: { seconds: 1n, nanos: 0 },
};

/** The address list of servers on this machine. */
export const urlOf = (...servers: { port: number }[]): string =>
  `ipv4:${servers.map(({ port }) => `127.0.0.1:${port}`).join(',')}`;

/** What `promise` is rejected with, which must be a ConnectError. */
export async function errorOf(promise: Promise<unknown>): Promise<ConnectError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (error instanceof ConnectError) return error;
  throw new Error('the call did not fail as a call does', { cause: error });
}

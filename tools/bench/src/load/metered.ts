import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { Code, ConnectError } from '@connectrpc/connect';
import type { Clients } from '@billingrails/stack/clients';

/** Resolves when everything that was acknowledged so far is metered, whatever meter it is for. */
export async function allMetered({ usage }: Clients, meterId: string): Promise<void> {
  for (;;) {
    try {
      await usage.queryUsage({
        meterId,
        // An hour in which nothing happened: what is waited for is the stream, not the answer.
        startTime: timestampFromMs(0),
        endTime: timestampFromMs(3_600_000),
        waitForAcknowledged: true,
        pageSize: 1,
      });
      return;
    } catch (error) {
      const { code } = ConnectError.from(error);
      if (code !== Code.Unavailable && code !== Code.DeadlineExceeded) throw error;
    }
  }
}

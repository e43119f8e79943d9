import { timestampFromMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';

/** An instant in RFC 3339, as messages have it. */
export const at = (text: string): Timestamp => timestampFromMs(Date.parse(text));

/** Moves the organisation's test clock, and waits until all that is due by then is billed. */
export async function advanceClock(
  clients: Clients,
  currentTime: Timestamp,
  requestId: string,
): Promise<void> {
  await clients.testClock.advanceTestClock({ currentTime, requestId });
  await until('what is due to be billed', async () => {
    const { testClock } = await clients.testClock.getTestClock({});
    return testClock?.status === TestClockStatus.READY ? true : undefined;
  });
}

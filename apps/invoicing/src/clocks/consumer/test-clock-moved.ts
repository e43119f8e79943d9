import { fromBinary } from '@bufbuild/protobuf';
import { BILLING, consumeDurableTogether, type Bus, type Consumption } from '@billingrails/bus';
import { TestClockMovedSchema } from '@billingrails/contracts/billingrails/bus/v1/test_clock_moved_pb';
import { invalid } from '@billingrails/errors';
import { parseId } from '@billingrails/ids';
import type { Logger } from '@billingrails/log';
import { fromTimestamp } from '@billingrails/rpc';
import type { TestClock, TestClockStore } from '../store/test-clocks';

const TOGETHER = 250;

/** What following needs. */
export interface TestClockParts {
  readonly testClocks: TestClockStore;
  readonly logger: Logger;
  /** Called after clocks were moved: something may have become due. */
  readonly onMoved: () => void;
}

/** Keeps the present of organisations that have test clocks, as billing tells it. */
export function followTestClocks(bus: Bus, parts: TestClockParts): Promise<Consumption> {
  return consumeDurableTogether(bus, {
    stream: BILLING.name,
    durable: 'invoicing_clocks',
    subject: 'billing.test_clock_moved',
    together: TOGETHER,
    logger: parts.logger,
    async handler(messages) {
      const read = messages.map(({ data }) => clockOf(data));
      await parts.testClocks.move(read.flatMap((each) => ('error' in each ? [] : each)));
      parts.onMoved();
      return read.map((each) => ('error' in each ? each : undefined));
    },
  });
}

function clockOf(data: Uint8Array): TestClock | { readonly error: unknown } {
  try {
    const { organisationId, currentTime } = fromBinary(TestClockMovedSchema, data);
    const id = parseId('org', organisationId);
    if (id !== undefined && currentTime !== undefined)
      return { organisationId: id, currentMs: fromTimestamp(currentTime, 'current_time') };
  } catch {
    // What cannot be decoded is told as what is missing something.
  }
  return { error: invalid('UNREADABLE_MESSAGE', 'The bytes are no TestClockMoved message.') };
}

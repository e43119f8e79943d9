import { create, toBinary } from '@bufbuild/protobuf';
import { TestClockMovedSchema } from '@billingrails/contracts/billingrails/bus/v1/test_clock_moved_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';
import { toTimestamp } from '@billingrails/rpc';

/**
 * The message on `billing.test_clock_moved`, for the transaction that moves the clock: other services live by the same
 * present, so that what falls due there does with the bills.
 */
export function testClockMoved(organisationId: OrganisationId, currentMs: number): OutboxMessage {
  const message = create(TestClockMovedSchema, {
    organisationId,
    currentTime: toTimestamp(currentMs),
  });
  return {
    id: `${organisationId}/${currentMs}`,
    subject: 'billing.test_clock_moved',
    data: toBinary(TestClockMovedSchema, message),
  };
}

import { fromBinary } from '@bufbuild/protobuf';
import {
  PeriodClosedSchema,
  type PeriodClosed,
} from '@billingrails/contracts/billingrails/bus/v1/period_closed_pb';
import type { Bus } from '@billingrails/bus';

/** A message of stream BILLING as a consumer gets it. */
export interface SentMessage {
  readonly subject: string;
  readonly messageId: string;
  readonly content: PeriodClosed;
}

/** Everything that stream BILLING holds, in order. */
export async function sentMessages(bus: Bus): Promise<SentMessage[]> {
  const manager = await bus.connection.jetstreamManager();
  const { state } = await manager.streams.info('BILLING');
  const sent: SentMessage[] = [];
  for (let seq = Math.max(state.first_seq, 1); seq <= state.last_seq; seq += 1) {
    const { subject, header, data } = await manager.streams.getMessage('BILLING', { seq });
    sent.push({
      subject,
      messageId: header.get('Nats-Msg-Id'),
      content: fromBinary(PeriodClosedSchema, data),
    });
  }
  return sent;
}

import { create } from '@bufbuild/protobuf';
import {
  encodeCorrections,
  encodeEventBatches,
  partitionOf,
  partitionSubject,
  publishAtomic,
  type Bus,
} from '@billingrails/bus';
import {
  EventCorrectionSchema,
  EventEnvelopeSchema,
} from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { PATIENCE_MS } from '@billingrails/testing';
import type { OracleEvent } from './oracle/oracle';
import {
  isCorrection,
  type OracleArrival,
  type OracleCorrection,
} from './oracle/oracle-corrections';

/** A message for the lane of a partition. */
export interface LaneMessage {
  readonly partition: number;
  readonly data: Uint8Array;
}

/** Publishes messages in one atomic batch, whatever they hold. Gives the last sequence of each partition. */
export async function publishMessages(
  bus: Bus,
  messages: readonly LaneMessage[],
): Promise<Map<number, number>> {
  const last = new Map<number, number>();
  if (messages.length === 0) return last;
  const outgoing = messages.map(({ partition, data }) => ({
    subject: partitionSubject(partition),
    data,
  }));
  const seqs = await publishAtomic(bus, outgoing, { timeoutMs: PATIENCE_MS });
  for (const [index, { partition }] of messages.entries()) last.set(partition, seqs[index] ?? 0);
  return last;
}

/**
 * Events and corrections as messages, as ingest sends them. What is of one partition stays in order, in as few messages
 * as that allows.
 */
export function messagesOf(
  arrived: readonly OracleArrival[],
  timestampAssigned = false,
): LaneMessage[] {
  const runs = new Map<number, OracleArrival[][]>();
  for (const arrival of arrived) {
    const partition = partitionOf(arrival.organisationId, arrival.accountId);
    const own = runs.get(partition) ?? [];
    runs.set(partition, own);
    const [last] = own.at(-1) ?? [];
    if (last !== undefined && isCorrection(last) === isCorrection(arrival))
      own.at(-1)?.push(arrival);
    else own.push([arrival]);
  }
  return [...runs].flatMap(([partition, own]) =>
    own.flatMap((run) => encoded(run, timestampAssigned)).map((data) => ({ partition, data })),
  );
}

function encoded(run: readonly OracleArrival[], timestampAssigned: boolean): Uint8Array[] {
  const corrections = run.filter(isCorrection);
  const events = run.flatMap((arrival) => (isCorrection(arrival) ? [] : [arrival]));
  return corrections.length > 0
    ? encodeCorrections(corrections.map(correctionOf))
    : encodeEventBatches(events.map((event) => envelopeOf(event, timestampAssigned)));
}

function correctionOf(correction: OracleCorrection) {
  const { organisationId, accountId, key, correctionId, amended, receiveTimeMs } = correction;
  const of = { organisationId, accountId, key, receiveTimeMs };
  return create(EventCorrectionSchema, {
    ...{ organisationId, accountId, idempotencyKey: key, correctionId },
    reason: `because of ${correctionId}`,
    receiveTimeMs: BigInt(receiveTimeMs),
    ...(amended && { amended: envelopeOf({ ...of, ...amended }) }),
  });
}

function envelopeOf(event: OracleEvent, timestampAssigned = false) {
  const { organisationId, accountId, eventName, key, timestampMs } = event;
  return create(EventEnvelopeSchema, {
    ...{ organisationId, accountId, eventName, idempotencyKey: key, timestampAssigned },
    timestampMs: BigInt(timestampMs),
    receiveTimeMs: BigInt(event.receiveTimeMs ?? Date.now()),
    properties: Buffer.from(event.properties),
  });
}

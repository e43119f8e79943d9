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
import type { OracleEvent } from './oracle';
import { isCorrection, type OracleArrival, type OracleCorrection } from './oracle-corrections';

/**
 * Publishes events and corrections in one atomic batch. What is of one partition stays in order, in as few messages as
 * that allows. Gives the last sequences.
 */
export async function publishArrivals(
  bus: Bus,
  arrived: readonly OracleArrival[],
): Promise<Map<number, number>> {
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
  const messages = [...runs].flatMap(([partition, own]) =>
    own.flatMap(encoded).map((data) => ({ partition, subject: partitionSubject(partition), data })),
  );
  const last = new Map<number, number>();
  if (messages.length === 0) return last;
  const seqs = await publishAtomic(bus, messages, { timeoutMs: 10_000 });
  for (const [index, { partition }] of messages.entries()) last.set(partition, seqs[index] ?? 0);
  return last;
}

function encoded(run: readonly OracleArrival[]): Uint8Array[] {
  const corrections = run.filter(isCorrection);
  const events = run.flatMap((arrival) => (isCorrection(arrival) ? [] : [arrival]));
  return corrections.length > 0
    ? encodeCorrections(corrections.map(correctionOf))
    : encodeEventBatches(events.map(envelopeOf));
}

function correctionOf(correction: OracleCorrection) {
  const { organisationId, accountId, key, correctionId, amended, receiveTimeMs } = correction;
  const of = { organisationId, accountId, key, receiveTimeMs };
  return create(EventCorrectionSchema, {
    ...{ organisationId, accountId, idempotencyKey: key, correctionId, reason: 'a test' },
    receiveTimeMs: BigInt(receiveTimeMs),
    ...(amended && { amended: envelopeOf({ ...of, ...amended }) }),
  });
}

function envelopeOf(event: OracleEvent) {
  const { organisationId, accountId, eventName, key, timestampMs, receiveTimeMs = 0 } = event;
  return create(EventEnvelopeSchema, {
    ...{ organisationId, accountId, eventName, idempotencyKey: key },
    timestampMs: BigInt(timestampMs),
    receiveTimeMs: BigInt(receiveTimeMs),
    properties: Buffer.from(event.properties),
  });
}

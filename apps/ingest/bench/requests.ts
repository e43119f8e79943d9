import { create, toBinary, toJsonString, type JsonObject } from '@bufbuild/protobuf';
import {
  IngestEventRequestSchema,
  IngestEventsRequestSchema,
} from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import { createIdSource } from '@billingrails/ids';
import { grpcFrame } from '@billingrails/testing';
import { acceptBatch } from '../src/domain/accept-batch';
import { defaultAccountPath } from '../src/domain/property-path';
import { entriesOf, type EntriesByPartition } from '../src/publishing/envelopes';

/** One request in each of the forms it is sent in, and the entries that ingest makes of it. */
export interface PreparedRequest {
  readonly grpc: Uint8Array;
  readonly json: Uint8Array;
  readonly entries: EntriesByPartition;
}

export const organisationId = createIdSource(() => Date.now(), Math.random).next('org');

const ACCOUNTS = 2_000;
const names = ['Song played', 'Song skipped', 'Playlist made'];

/** `count` requests of `size` events each, of about 250 bytes, over 2,000 accounts and three names. */
export function prepareRequests(count: number, size: number, partitions: number) {
  return Array.from({ length: count }, (_, index) => prepare(index * size, size, partitions));
}

function prepare(first: number, size: number, partitions: number): PreparedRequest {
  const events = Array.from({ length: size }, (_, index) => eventOf(first + index));
  const [event] = events;
  const single = size === 1 && event !== undefined;
  const [schema, message] = single
    ? ([IngestEventRequestSchema, create(IngestEventRequestSchema, event)] as const)
    : ([IngestEventsRequestSchema, create(IngestEventsRequestSchema, { events })] as const);
  const context = {
    nowMs: Date.now(),
    accountPathOf: () => defaultAccountPath,
    numberRulesOf: () => [],
    nextKey: () => 'never',
  };
  const accepted = acceptBatch(events, context).events;
  const submission = { organisationId, events: accepted, receiveTimeMs: context.nowMs };
  return {
    grpc: grpcFrame(toBinary(schema, message)),
    json: Buffer.from(toJsonString(schema, message, { useProtoFieldName: true })),
    entries: entriesOf(submission, partitions),
  };
}

function eventOf(number: number) {
  const properties: JsonObject = {
    song_id: `song_${number % 5_000}`,
    artist: 'The Beatles',
    album: 'Abbey Road',
    duration: 60 + (number % 600) + 0.25,
    country: 'USA',
    device: 'web',
    billingrails_account_id: `acct_${(number * 7) % ACCOUNTS}`,
  };
  return {
    eventName: names[number % names.length] ?? '',
    idempotencyKey: `bench_00000000_${number}`,
    timestamp: { seconds: BigInt(1_790_000_000 + number), nanos: 0 },
    properties,
  };
}

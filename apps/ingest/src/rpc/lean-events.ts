import { encodeConsistencyToken } from '@billingrails/bus';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import type { LeanMethod } from '@billingrails/rpc';
import type { IngestParts } from '../use-cases/ingest-events';
import { readPlain } from './plain/read-plain';

export interface LeanEventsOptions extends IngestParts {
  /** How many the stream has. */
  readonly partitions: number;
}

/** The same as `eventService` for requests that are plain: see, publish, answer. */
export function leanEvents(options: LeanEventsOptions): LeanMethod[] {
  const { ingestEvent, ingestEvents } = EventService.method;
  return [
    { method: ingestEvent, handle: handler(options, true) },
    { method: ingestEvents, handle: handler(options, false) },
  ];
}

function handler(
  { committer, definitions, nowMs, nextKey, partitions }: LeanEventsOptions,
  isSingle: boolean,
): LeanMethod['handle'] {
  return (message, { encoding, principal: { organisationId }, signal, remainingMs }) => {
    const plain = readPlain(
      message,
      {
        nowMs: nowMs(),
        ...definitions.of(organisationId),
        nextKey,
        organisationId,
        partitions,
      },
      { encoding, isSingle },
    );
    if (plain === undefined) return undefined;
    const { entries, answer } = plain;
    return committer
      .submit({ entries }, { signal, remainingMs: remainingMs() })
      .then((sequences) => answer(encodeConsistencyToken(sequences)));
  };
}

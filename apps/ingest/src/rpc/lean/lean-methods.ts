import { encodeConsistencyToken } from '@billingrails/bus';
import { EventService } from '@billingrails/contracts/billingrails/ingest/v1/event_service_pb';
import type { LeanMethod } from '@billingrails/rpc';
import type { IngestParts } from '../../use-cases/ingest-events';
import { readLean } from './read-request';

export interface LeanMethodsOptions extends IngestParts {
  /** How many the stream has. */
  readonly partitions: number;
}

/** The same as `eventService` for requests that are lean: see, publish, answer. */
export function leanMethods(options: LeanMethodsOptions): LeanMethod[] {
  const { ingestEvent, ingestEvents } = EventService.method;
  return [
    { method: ingestEvent, handle: handler(options, true) },
    { method: ingestEvents, handle: handler(options, false) },
  ];
}

function handler(
  { committer, definitions, nowMs, nextKey, partitions, rates }: LeanMethodsOptions,
  isSingle: boolean,
): LeanMethod['handle'] {
  return (message, { encoding, principal, signal, remainingMs }) => {
    const { organisationId } = principal;
    const read = readLean(
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
    if (read === undefined) return undefined;
    const { entries, answer, count } = read;
    rates.take(principal, { events: count });
    return committer
      .submit({ entries }, { signal, remainingMs: remainingMs() })
      .then((sequences) => answer(encodeConsistencyToken(sequences)));
  };
}

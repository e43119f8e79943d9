import { readEventList, type ReceivedList } from '@billingrails/bus';
import { fromBinary } from '@bufbuild/protobuf';
import { EventBatchSchema } from '@billingrails/contracts/billingrails/bus/v1/event_batch_pb';
import { parseId, type OrganisationId } from '@billingrails/ids';
import { MINUTE_MS } from '../../domain/hours';

/** How many events of an organisation, received in one minute, a message shows. */
export interface ShownEvents {
  readonly organisationId: OrganisationId;
  /** The minute's first instant. */
  readonly receiveTimeMs: number;
  readonly count: number;
}

/** Beyond this a stored date has no value. */
const INSTANT_MS_MAX = 8_640_000_000_000_000;

/**
 * What a message that could not be understood shows all the same: whose events and corrections it holds, as far as the
 * wire format can be read. An event without a receive time is taken as received when the stream took the message.
 */
export function shownEvents(
  data: Uint8Array,
  streamTimeMs: number,
): { readonly owners: readonly OrganisationId[]; readonly events: readonly ShownEvents[] } {
  const { events, corrections } = readAnyway(data);
  const owners = new Set<OrganisationId>();
  const shown = new Map<string, ShownEvents>();
  for (const { organisationId, receiveTimeMs } of events) {
    const owner = parseId('org', organisationId);
    if (owner === undefined) continue;
    owners.add(owner);
    const isTime = receiveTimeMs > 0 && receiveTimeMs <= INSTANT_MS_MAX;
    const minuteMs = startOfMinute(isTime ? receiveTimeMs : streamTimeMs);
    const key = `${owner}/${minuteMs}`;
    const count = (shown.get(key)?.count ?? 0) + 1;
    shown.set(key, { organisationId: owner, receiveTimeMs: minuteMs, count });
  }
  for (const { organisationId } of corrections) {
    const owner = parseId('org', organisationId);
    if (owner !== undefined) owners.add(owner);
  }
  return { owners: [...owners], events: [...shown.values()] };
}

/** The content, whatever its version and checksum. */
function readAnyway(data: Uint8Array): ReceivedList {
  try {
    return readEventList(fromBinary(EventBatchSchema, data).payload);
  } catch {
    return { events: [], corrections: [] };
  }
}

function startOfMinute(timeMs: number): number {
  return Math.floor(timeMs / MINUTE_MS) * MINUTE_MS;
}

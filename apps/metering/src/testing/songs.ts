import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { partitionOf } from '@billingrails/bus';
import { waitFor } from '@billingrails/testing';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import type { Harness } from './harness';
import type { OracleEvent } from './oracle/oracle';
import type { Service } from './service';

export const NOON_MS = Date.UTC(2024, 0, 1, 12);
const HOUR_MS = 3_600_000;

/** An event; give it an organisation. */
export const song: OracleEvent = {
  organisationId: '',
  accountId: 'acct_1',
  eventName: 'Song played',
  key: 'k1',
  timestampMs: NOON_MS,
  properties: '{"duration":240,"kind":"local"}',
};

/** One an hour; every third has no number for its duration. */
export function songs(organisationId: string, count: number): OracleEvent[] {
  return Array.from({ length: count }, (_, n) => ({
    ...{ ...song, organisationId, key: `k${n}`, timestampMs: NOON_MS + n * HOUR_MS },
    properties: JSON.stringify({ duration: n % 3 === 0 ? 'long' : n, kind: 'local' }),
  }));
}

/** The profile that sums durations. */
export const seconds = {
  ...{ code: 'seconds', name: 'Seconds', aggregationProperty: 'duration' },
  aggregationMethod: AggregationMethod.SUM,
};

/** A meter of songs, when it has counted what was there. */
export async function createSongMeter(
  service: Service,
  organisationId: string,
  profiles: object[] = [seconds],
): Promise<string> {
  const { meters } = service.as(organisationId);
  const draft = { name: 'Songs', eventName: song.eventName, profiles };
  const { meter } = await meters.createMeter(draft);
  const meterId = meter?.id ?? '';
  await waitFor(
    async () => {
      const found = await meters.getMeter({ meterId });
      return found.meter?.profiles.every(({ backfill }) => backfill?.status === 2);
    },
    { what: 'the backfill' },
  );
  return meterId;
}

/** Voids a song of the account, or amends its properties; resolves when that is applied. */
export async function correctSong(
  harness: Harness,
  organisationId: string,
  key: string,
  correctionId: string,
  properties?: string,
): Promise<void> {
  const { accountId, eventName, timestampMs } = song;
  const correction = {
    ...{ organisationId, accountId, key, correctionId, receiveTimeMs: Date.now() },
    amended: properties === undefined ? undefined : { eventName, timestampMs, properties },
  };
  await harness.applied(await harness.publish([correction]));
}

/**
 * Publishes bytes that are no message to the partition of the songs; gives the message's id when it is in quarantine.
 */
export async function publishRubbish(
  harness: Harness,
  organisationId: string,
  text: string,
): Promise<string> {
  const partition = partitionOf(organisationId, song.accountId);
  const sent = await harness.publishMessage({ partition, data: Buffer.from(text) });
  await harness.applied(sent);
  return `${partition}/${sent.get(partition)}`;
}

/** A period as requests give it. */
export function times(startMs: number, endMs: number) {
  return { startTime: timestampFromMs(startMs), endTime: timestampFromMs(endMs) };
}

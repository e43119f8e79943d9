import type { GetIngestReportResponse } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { startHarness, type Harness } from '../../testing/harness';
import { refusalOf, startService, type Service } from '../../testing/service';
import { correctSong, createSongMeter, song, songs, times } from '../../testing/songs';
import { newOrganisation } from '../../testing/story';

let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness);
});

afterAll(async () => {
  await service.close();
  await harness.close();
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

describe('the ingest report', () => {
  const countsOf = ({ $typeName: _type, $unknown: _unknown, ...counts }: GetIngestReportResponse) =>
    Object.fromEntries(Object.entries(counts).map(([name, count]) => [name, Number(count)]));

  function report(organisationId: string, startMs: number, endMs: number) {
    const { stored } = service.as(organisationId);
    return stored.getIngestReport(times(startMs, endMs)).then(countsOf);
  }

  test('tells to the event and the minute what became of all that was accepted', async () => {
    const organisationId = newOrganisation();
    await createSongMeter(service, organisationId);
    const minuteMs = Date.UTC(2025, 2, 3, 10, 59);
    const batches = [
      songs(organisationId, 10),
      [{ ...song, organisationId, eventName: 'x', key: 'x' }],
    ];
    for (const [index, events] of batches.entries()) {
      const receiveTimeMs = minuteMs + index * MINUTE_MS;
      const received = events.map((event) => ({ ...event, receiveTimeMs }));
      await harness.applied(await harness.publish(received));
      await harness.applied(await harness.publish(received));
    }
    await correctSong(harness, organisationId, 'k1', 'c1');
    await correctSong(harness, organisationId, 'k2', 'c2', '{"duration":"?"}');
    const nothing = { quarantinedCount: 0, conflictCount: 0, filteredOutCount: 0 };
    expect(await report(organisationId, minuteMs, minuteMs + MINUTE_MS)).toEqual({
      ...{ ...nothing, acceptedCount: 10, countedCount: 4, unusableCount: 5, unmatchedCount: 0 },
      ...{ voidedCount: 1, duplicateCount: 10, amendedCount: 1 },
    });
    expect(await report(organisationId, minuteMs, minuteMs + 2 * MINUTE_MS)).toMatchObject({
      ...{ acceptedCount: 11, unmatchedCount: 1, duplicateCount: 11 },
    });
    expect(await report(organisationId, minuteMs - HOUR_MS, minuteMs)).toMatchObject({
      ...{ acceptedCount: 0, duplicateCount: 0 },
    });
  });

  test('is of whole minutes, and of at most 366 days', async () => {
    const { stored } = service.as(newOrganisation());
    const refusal = await refusalOf(stored.getIngestReport(times(1, 400 * 24 * HOUR_MS)));
    expect(refusal).toMatchObject({ code: 'InvalidArgument', fields: ['start_time', 'end_time'] });
  });
});

import { inTransaction } from '@billingrails/mongo';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleEvent } from '../../testing/oracle/oracle';
import { messagesOf } from '../../testing/publish';
import { refusalOf, startService, type Service } from '../../testing/service';
import { createSongMeter, NOON_MS, publishRubbish, song, times } from '../../testing/songs';
import { newOrganisation } from '../../testing/story';
import { quarantine } from '../store/quarantine';

const operator = newOrganisation();
let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness, { operatorOrganisationId: operator });
});

afterAll(async () => {
  await service.close();
  await harness.close();
});

const HOUR_MS = 3_600_000;
const MINUTE_MS = 60_000;

describe('a quarantined message', () => {
  const MINUTE = Math.floor(Date.UTC(2025, 5, 1) / MINUTE_MS) * MINUTE_MS;

  /** As if an earlier version of metering had not understood a message. */
  async function misunderstood(events: readonly OracleEvent[], seq: number) {
    const [message] = messagesOf(events.map((event) => ({ ...event, receiveTimeMs: MINUTE })));
    if (message === undefined) throw new Error('There are events to misunderstand.');
    const kept = { ...message, seq, streamTimeMs: MINUTE, problem: 'too new' };
    await inTransaction(harness.mongo, (session) => quarantine(harness.mongo.db, session, [kept]));
    return `${message.partition}/${seq}`;
  }

  test('is listed to whose events it shows, and else to the operator', async () => {
    const [first, second] = [newOrganisation(), newOrganisation()];
    const shown = await misunderstood([{ ...song, organisationId: first }], 900_000_001);
    const unreadable = await publishRubbish(harness, second, 'not an event batch');
    const listed = async (organisationId: string) => {
      const { stored } = service.as(organisationId);
      const { messages } = await stored.listQuarantinedMessages({});
      return messages.map(({ id }) => id);
    };
    expect(await listed(first)).toEqual([shown]);
    expect(await listed(second)).toEqual([]);
    expect(await listed(operator)).toContain(unreadable);
    expect(await listed(operator)).not.toContain(shown);
    const replay = service.as(second).stored.replayQuarantinedMessages({ ids: [shown] });
    expect(await refusalOf(replay)).toMatchObject({ code: 'NotFound' });
  });

  test('that is understood later is counted once, however often it is replayed', async () => {
    const organisationId = newOrganisation();
    const { stored, usage } = service.as(organisationId);
    const meterId = await createSongMeter(service, organisationId);
    const events = [1, 2].map((n) => ({ ...song, organisationId, key: `k${n}` }));
    const id = await misunderstood(events, 900_000_002);
    const report = () => stored.getIngestReport(times(MINUTE, MINUTE + MINUTE_MS));
    expect(await report()).toMatchObject({ acceptedCount: 2n, quarantinedCount: 2n });
    const [one, other] = await Promise.all([
      stored.replayQuarantinedMessages({ ids: [id] }),
      stored.replayQuarantinedMessages({}),
    ]);
    expect([one, other].flatMap(({ replayed }) => replayed)).toContainEqual(
      expect.objectContaining({ id, replayTime: expect.anything() }),
    );
    await stored.replayQuarantinedMessages({ ids: [id] });
    const { rows } = await usage.queryUsage({
      ...{ meterId, accountIds: ['acct_1'], waitForAcknowledged: true },
      ...times(NOON_MS, NOON_MS + HOUR_MS),
    });
    expect(rows).toMatchObject([{ value: '480', eventCount: 2n }]);
    expect(await report()).toMatchObject({
      ...{ acceptedCount: 2n, countedCount: 2n, quarantinedCount: 0n },
    });
    expect((await stored.listQuarantinedMessages({})).messages).toEqual([]);
    const { messages } = await stored.listQuarantinedMessages({ includeReplayed: true });
    expect(messages).toMatchObject([{ id, problem: 'too new', replayTime: expect.anything() }]);
  });

  test('that is still not understood remains, with what is wrong with it', async () => {
    const { stored } = service.as(operator);
    const id = await publishRubbish(harness, newOrganisation(), 'not an event batch either');
    const { replayed, remaining } = await stored.replayQuarantinedMessages({ ids: [id] });
    expect(replayed).toEqual([]);
    expect(remaining).toMatchObject([{ id, problem: expect.stringContaining('EventBatch') }]);
    expect(remaining[0]?.byteCount).toBe(25n);
  });
});

import {
  StoredCorrectionKind,
  StoredCorrectionState,
  type StoredCorrection,
} from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import { timestampMs } from '@bufbuild/protobuf/wkt';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleEvent } from '../../testing/oracle/oracle';
import type { OracleContent, OracleCorrection } from '../../testing/oracle/oracle-corrections';
import { refusalOf, startService, type Service } from '../../testing/service';
import { newOrganisation } from '../../testing/story';

const FIRST_MS = Date.UTC(2026, 0, 1);
const { WAITING, APPLIED, SUPERSEDED } = StoredCorrectionState;
const { VOID, AMENDMENT } = StoredCorrectionKind;

let harness: Harness;
let service: Service;

beforeAll(async () => {
  harness = await startHarness();
  service = await startService(harness);
});

afterAll(async () => {
  await service?.close();
  await harness?.close();
});

const content: OracleContent = {
  eventName: 'Song played',
  timestampMs: FIRST_MS,
  properties: '{"seconds":240}',
};

function event(organisationId: string, key: string): OracleEvent {
  return { organisationId, accountId: 'acct_1', key, ...content, receiveTimeMs: FIRST_MS };
}

function correction(
  organisationId: string,
  correctionId: string,
  more: Partial<OracleCorrection> = {},
): OracleCorrection {
  const named = { organisationId, accountId: 'acct_1', key: 'k1', correctionId };
  return { ...named, amended: undefined, receiveTimeMs: FIRST_MS, ...more };
}

async function arrive(...arrived: (OracleEvent | OracleCorrection)[]): Promise<void> {
  await harness.applied(await harness.publish(arrived));
}

const statesOf = (corrections: readonly StoredCorrection[]) =>
  corrections.map(({ id, state }) => [id, state]);
const idsOf = (corrections: readonly StoredCorrection[]) => corrections.map(({ id }) => id);

test('a correction is listed while it waits, when it is applied, and when a later one decides', async () => {
  const organisationId = newOrganisation();
  const { stored } = service.as(organisationId);
  const listed = async () => statesOf((await stored.listCorrections({})).corrections);
  await arrive(correction(organisationId, 'cor_1'));
  const { corrections } = await stored.listCorrections({ state: WAITING });
  expect(corrections).toEqual([
    expect.objectContaining({
      ...{ id: 'cor_1', idempotencyKey: 'k1', accountId: 'acct_1', kind: VOID, state: WAITING },
      reason: 'because of cor_1',
    }),
  ]);
  expect(corrections.map(({ receiveTime }) => receiveTime && timestampMs(receiveTime))).toEqual([
    FIRST_MS,
  ]);
  await arrive(event(organisationId, 'k1'));
  expect(await listed()).toEqual([['cor_1', APPLIED]]);
  expect((await stored.listCorrections({ state: WAITING })).corrections).toEqual([]);
  await arrive(
    correction(organisationId, 'cor_2', { amended: content, receiveTimeMs: FIRST_MS + 1 }),
  );
  expect(await listed()).toEqual([
    ['cor_2', APPLIED],
    ['cor_1', SUPERSEDED],
  ]);
});

test('an event is shown with its corrections in the order of the stream, once it has come', async () => {
  const organisationId = newOrganisation();
  const { stored } = service.as(organisationId);
  // The clock of whoever took the first was ahead.
  await arrive(correction(organisationId, 'cor_2', { receiveTimeMs: FIRST_MS + 1_000 }));
  await arrive(correction(organisationId, 'cor_1', { amended: content }));
  const absent = refusalOf(stored.getEvent({ idempotencyKey: 'k1' }));
  expect(await absent).toMatchObject({ code: 'NotFound', reason: 'EVENT_NOT_FOUND' });
  await arrive(event(organisationId, 'k1'), event(organisationId, 'k2'));
  await arrive(correction(organisationId, 'cor_3', { accountId: 'acct_2' }));
  const { corrections } = await stored.getEvent({ idempotencyKey: 'k1' });
  expect(corrections.map(({ id, kind, state }) => [id, kind, state])).toEqual([
    ['cor_2', VOID, SUPERSEDED],
    ['cor_1', AMENDMENT, APPLIED],
    ['cor_3', VOID, WAITING],
  ]);
  expect((await stored.getEvent({ idempotencyKey: 'k2' })).corrections).toEqual([]);
});

test('of more than 100 corrections, an event is shown with those received last', async () => {
  const organisationId = newOrganisation();
  const all = Array.from({ length: 102 }, (_, n) =>
    correction(organisationId, `cor_${n}`, { receiveTimeMs: FIRST_MS + n }),
  );
  await arrive(event(organisationId, 'k1'), ...all);
  const { corrections } = await service
    .as(organisationId)
    .stored.getEvent({ idempotencyKey: 'k1' });
  expect(idsOf(corrections)).toEqual(all.slice(2).map(({ correctionId }) => correctionId));
});

test('other organisations see nothing of corrections', async () => {
  const [organisationId, other] = [newOrganisation(), newOrganisation()];
  await arrive(event(organisationId, 'k1'), correction(organisationId, 'cor_1'));
  await arrive(event(other, 'k1'));
  const { stored } = service.as(other);
  const requests = [{}, { accountId: 'acct_1' }, { idempotencyKeys: ['k1'] }, { state: APPLIED }];
  for (const request of requests) {
    expect((await stored.listCorrections(request)).corrections).toEqual([]);
  }
  expect((await stored.getEvent({ idempotencyKey: 'k1' })).corrections).toEqual([]);
});

describe('many corrections', () => {
  const organisationId = newOrganisation();
  const number = (n: number) => String(n).padStart(3, '0');
  const keyOf = (n: number) => `k${Math.floor(n / 6) * 2 + (n % 2)}`;
  /** Of two accounts, three to an event, four at an instant; the events of every other key have come. */
  const all = Array.from({ length: 120 }, (_, n) =>
    correction(organisationId, `cor_${number(n)}`, {
      accountId: n % 2 === 0 ? 'acct_1' : 'acct_2',
      key: keyOf(n),
      receiveTimeMs: FIRST_MS + Math.floor(n / 4),
    }),
  );
  const newestFirst = all.map(({ correctionId }) => correctionId).reverse();
  const every = (wanted: (n: number) => boolean) =>
    newestFirst.filter((id) => wanted(Number(id.slice('cor_'.length))));
  const isEven = (n: number) => n % 2 === 0;
  const isLast = (n: number) => n % 6 === 4;
  const requests: [object, string[]][] = [
    [{}, newestFirst],
    [{ accountId: 'acct_2' }, every((n) => !isEven(n))],
    [{ state: WAITING }, every((n) => !isEven(n))],
    [{ state: SUPERSEDED }, every((n) => isEven(n) && !isLast(n))],
    [{ accountId: 'acct_1', state: APPLIED }, every(isLast)],
    [{ accountId: 'acct_2', state: APPLIED }, []],
    [{ idempotencyKeys: ['k0', 'k7', 'none'] }, every((n) => ['k0', 'k7'].includes(keyOf(n)))],
    [{ idempotencyKeys: ['k0', 'k1'], accountId: 'acct_2' }, every((n) => !isEven(n) && n < 6)],
    [{ idempotencyKeys: ['k0', 'k1'], state: APPLIED }, ['cor_004']],
  ];

  beforeAll(async () => {
    const keys = [
      ...new Set(all.flatMap(({ accountId, key }) => (accountId === 'acct_1' ? [key] : []))),
    ];
    await arrive(...keys.map((key) => event(organisationId, key)), ...all);
  });

  test.each(requests)(
    'asked for by %j come newest first, in pages, each once',
    async (request, expected) => {
      const { stored } = service.as(organisationId);
      const listed: string[] = [];
      let pageToken = '';
      do {
        const page = await stored.listCorrections({ ...request, pageSize: 7, pageToken });
        expect(page.corrections.length).toBeLessThanOrEqual(7);
        listed.push(...idsOf(page.corrections));
        pageToken = page.nextPageToken;
      } while (pageToken !== '');
      expect(listed).toEqual(expected);
    },
  );

  test('are read from where a page begins, in the order of an index, without sorting', async () => {
    const { db } = harness.mongo;
    const { stored } = service.as(organisationId);
    const [accountId, idempotencyKeys] = ['acct_1', [...new Set(all.map(({ key }) => key))]];
    const asked = [{}, { accountId }, { state: SUPERSEDED }, { accountId, state: SUPERSEDED }];
    await db.setProfilingLevel('all');
    for (const request of [...asked, { idempotencyKeys }]) {
      const { nextPageToken } = await stored.listCorrections({ ...request, pageSize: 7 });
      await stored.listCorrections({ ...request, pageSize: 7, pageToken: nextPageToken });
    }
    await db.setProfilingLevel('off');
    const reads = await db
      .collection('system.profile')
      .find({ 'command.find': 'corrections', 'command.filter.o': organisationId })
      .toArray();
    expect(reads).toHaveLength(10);
    for (const { planSummary, hasSortStage, docsExamined } of reads) {
      expect(planSummary).toMatch(/^IXSCAN/);
      expect(hasSortStage).toBeUndefined();
      // One more than the page, and those of the very instant at which it begins.
      expect(docsExamined).toBeLessThanOrEqual(12);
    }
  });
});

test.each([
  ['account_id', { accountId: 'Not an account!' }],
  ['idempotency_keys', { idempotencyKeys: Array.from({ length: 101 }, (_, n) => `k${n}`) }],
  ['idempotency_keys', { idempotencyKeys: ['k1', 'k1'] }],
  ['idempotency_keys[1]', { idempotencyKeys: ['k1', ''] }],
  ['state', { state: 9 }],
  ['page_size', { pageSize: -1 }],
  ['page_token', { pageToken: 'made-up' }],
])('a list of corrections is refused by %s', async (field, request) => {
  const { stored } = service.as(newOrganisation());
  const { code, fields } = await refusalOf(stored.listCorrections(request));
  expect({ code, fields }).toEqual({ code: 'InvalidArgument', fields: [field] });
});

test('a page token of another list of corrections is refused', async () => {
  const organisationId = newOrganisation();
  const { stored } = service.as(organisationId);
  await arrive(correction(organisationId, 'cor_1'), correction(organisationId, 'cor_2'));
  const { nextPageToken: pageToken } = await stored.listCorrections({ pageSize: 1 });
  const refusal = await refusalOf(stored.listCorrections({ accountId: 'acct_1', pageToken }));
  expect(refusal.fields).toEqual(['page_token']);
});

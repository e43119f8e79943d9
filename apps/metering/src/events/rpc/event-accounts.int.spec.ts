import { timestampMs, type Timestamp } from '@bufbuild/protobuf/wkt';
import { startHarness, type Harness } from '../../testing/harness';
import type { OracleEvent } from '../../testing/oracle/oracle';
import { refusalOf, startService, type Service } from '../../testing/service';
import { newOrganisation } from '../../testing/story';

const FIRST_MS = Date.UTC(2026, 0, 1);
const DAY_MS = 86_400_000;

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

function event(organisationId: string, accountId: string, day: number): OracleEvent {
  return {
    ...{ organisationId, accountId, key: `${accountId}-${day}`, eventName: `name ${day % 2}` },
    ...{ timestampMs: FIRST_MS + day * DAY_MS, properties: '{}', receiveTimeMs: FIRST_MS },
  };
}

const msOf = (time: Timestamp | undefined) => time && timestampMs(time);

test('every account that events name is listed once, by id, page by page; other organisations see none of them', async () => {
  const organisationId = newOrganisation();
  const accountIds = Array.from({ length: 7 }, (_, index) => `acct_${index}`);
  const events = accountIds.flatMap((id) => [0, 1, 2].map((day) => event(organisationId, id, day)));
  await harness.applied(await harness.publish(events.reverse()));
  const { stored } = service.as(organisationId);
  const listed: string[] = [];
  let pageToken = '';
  do {
    const page = await stored.listEventAccounts({ pageSize: 3, pageToken });
    listed.push(...page.accountIds);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  expect(listed).toEqual(accountIds);
  const stranger = service.as(newOrganisation()).stored;
  expect((await stranger.listEventAccounts({})).accountIds).toEqual([]);
  const { accounts } = await stranger.summarizeEventAccounts({ accountIds });
  expect(accounts).toEqual([]);
});

test('an account is told with its events, without those that were taken back, and the span of all of them', async () => {
  const organisationId = newOrganisation();
  const events = [3, 0, 5].map((day) => event(organisationId, 'acct_1', day));
  await harness.applied(await harness.publish([...events, event(organisationId, 'acct_2', 1)]));
  const void5 = {
    ...{ organisationId, accountId: 'acct_1', key: 'acct_1-5', correctionId: 'c1' },
    ...{ amended: undefined, receiveTimeMs: FIRST_MS },
  };
  await harness.applied(await harness.publish([void5]));
  const { stored } = service.as(organisationId);
  const accountIds = ['acct_none', 'acct_2', 'acct_1', 'no account'];
  const { accounts } = await stored.summarizeEventAccounts({ accountIds });
  expect(
    accounts.map(({ accountId, eventCount, firstEventTime, lastEventTime }) => [
      ...[accountId, eventCount, msOf(firstEventTime), msOf(lastEventTime)],
    ]),
  ).toEqual([
    ['acct_2', 1n, FIRST_MS + DAY_MS, FIRST_MS + DAY_MS],
    ['acct_1', 2n, FIRST_MS, FIRST_MS + 5 * DAY_MS],
  ]);
});

test('no accounts, and a token of another list, are refused', async () => {
  const { stored } = service.as(newOrganisation());
  expect((await refusalOf(stored.summarizeEventAccounts({}))).fields).toEqual(['account_ids']);
  const wrong = stored.listEventAccounts({ pageToken: 'x' });
  expect((await refusalOf(wrong)).fields).toEqual(['page_token']);
});

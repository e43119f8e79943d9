import type { AccountId } from '@billingrails/ids';
import { inTransaction } from '@billingrails/mongo';
import { newOrganisation } from '../../testing/scenario';
import { startWorld, type Replica, type World } from '../../testing/world';
import { openStores, type Stores } from '../../store/stores';

let world: World;
let replica: Replica;
let stores: Stores;
beforeAll(async () => {
  world = await startWorld();
  replica = await world.replica({ pollMs: 60_000 });
  stores = openStores(replica.mongo.db, Date.now, { claimMs: 30_000, joinTries: 10 });
});
afterAll(() => world.stop());

test('a test clock cannot move while something is being added by its time', async () => {
  const { clocks } = stores;
  const organisationId = newOrganisation();
  await inTransaction(replica.mongo, (session) =>
    clocks.createTestClock({ organisationId }, 1000, session),
  );
  const move = (toMs: number) =>
    inTransaction(
      replica.mongo,
      (session) => clocks.setTestClock({ organisationId }, toMs, session),
      {
        timeoutMs: 50,
      },
    );
  for (const present of [clocks.fencedPresent, clocks.presentForSubscription]) {
    const { currentMs } = (await clocks.findTestClock(organisationId)) ?? { currentMs: 0 };
    await inTransaction(replica.mongo, async (session) => {
      expect(await present(organisationId, 'acct_1' as AccountId, session)).toEqual({
        clock: 'test',
        nowMs: currentMs,
      });
      await expect(move(currentMs + 1)).rejects.toMatchObject({ kind: 'stale' });
    });
    await inTransaction(replica.mongo, (session) =>
      clocks.setTestClock({ organisationId }, currentMs + 1, session),
    );
    expect(await clocks.present(organisationId)).toEqual({ clock: 'test', nowMs: currentMs + 1 });
  }
});

test('a test clock that changed since it was read is not put to rest', async () => {
  const { clocks } = stores;
  const organisationId = newOrganisation();
  const set = (timeMs: number) =>
    inTransaction(replica.mongo, (session) =>
      clocks.setTestClock({ organisationId }, timeMs, session),
    );
  await inTransaction(replica.mongo, (session) =>
    clocks.createTestClock({ organisationId }, 1000, session),
  );
  await set(2000);
  const waking = async () =>
    (await clocks.waking(Date.now(), 100)).filter(
      (clock) => clock.organisationId === organisationId,
    );
  const [read] = await waking();
  if (read === undefined) throw new Error('A clock that moved is awake.');
  await set(3000);
  await clocks.rest(read, undefined);
  expect(await waking()).toMatchObject([{ currentMs: 3000 }]);
  for (const clock of await waking()) await clocks.rest(clock, undefined);
  expect(await waking()).toEqual([]);
});

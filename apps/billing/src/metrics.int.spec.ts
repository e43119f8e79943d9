import { fakeClock, waitFor } from '@billingrails/testing';
import { createPlan, newOrganisation, subscribe, unitFee } from './testing/scenario';
import { startWorld, type World } from './testing/world';

let world: World;
beforeAll(async () => {
  world = await startWorld();
});
afterAll(() => world.stop());

test('periods that are due and cannot be closed show, and for how long, until they are closed; and what waits in the outbox', async () => {
  const clock = fakeClock(Date.parse('2024-05-01T00:00:00Z'));
  const organisationId = newOrganisation();
  world.meteringServer.addMeter(organisationId, 'mtr_1', 'calls');
  const replica = await world.replica({ nowMs: clock.nowMs, settleMs: 60_000 });
  const read = async () => (await fetch(`http://127.0.0.1:${replica.billing.port}/metrics`)).text();
  const metric = async (name: string) =>
    Number(new RegExp(`^billingrails_billing_${name} (\\S+)$`, 'm').exec(await read())?.[1]);
  const clients = replica.as(organisationId);
  const plan = await createPlan(clients, unitFee('mtr_1'));
  await subscribe(clients, plan.id);
  await subscribe(clients, plan.id);
  expect(await metric('periods_due')).toBe(0);
  expect(await metric('period_due_seconds')).toBe(0);
  await waitFor(async () => (await metric('outbox_messages')) === 0, {
    what: 'all that was created to be told',
  });

  world.meteringServer.down = true;
  clock.set(Date.parse('2024-06-01T01:01:00Z'));
  expect(await metric('periods_due')).toBe(2);
  expect(await metric('period_due_seconds')).toBe(3_600);
  expect(await read()).not.toMatch(/org_|sub_|acct_/);

  world.meteringServer.down = false;
  await waitFor(
    async () => {
      clock.advance(60_000);
      return (await metric('periods_due')) === 0;
    },
    { what: 'the periods to be closed' },
  );
  await waitFor(async () => (await metric('outbox_messages')) === 0, {
    what: 'the outbox to be empty',
  });
  await replica.stop();
});

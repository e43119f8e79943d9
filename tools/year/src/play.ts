import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily, until } from '@billingrails/stack/until';
import { Credits } from './credits';
import { define } from './define';
import { Previews } from './previews';
import { say, type Ids } from './say';
import { redeemCoupons } from './send/coupons';
import { correctPrices } from './send/prices';
import { sendCorrections, sendEvents } from './send/usage';
import { Accesses } from './watched/accesses';
import { Alerts } from './watched/alerts';

/** What is done beside: at the beginning of each step, while the clock moves. */
export interface Beside {
  step(step: number, ofSteps: number): Promise<void>;
}

/** What became of it. */
export interface Played {
  /** The subscriptions' ids by their names. */
  readonly subscriptions: ReadonlyMap<string, string>;
  readonly previews: Previews;
  readonly credits: Credits;
  readonly alerts: Alerts;
  readonly accesses: Accesses;
}

/** Plays a history through the platform, step by step as `History` says, and looks at what was shown before it. */
export async function play(clients: Clients, history: History, beside: Beside): Promise<Played> {
  const previews = new Previews(clients);
  const ids: Ids = { ...(await define(clients, history)), subscriptions: new Map() };
  const credits = new Credits(clients, history, ids.creditUnits, ids.recurringCredits);
  const alerts = new Alerts(clients, history, ids.alerts);
  const accesses = new Accesses(clients, history, ids.meters);
  for (const [step, nowMs] of history.stepsMs.entries()) {
    const done = beside.step(step, history.stepsMs.length);
    // The caller that waits for it hears of its failure.
    done.catch(() => undefined);
    await steadily(() =>
      clients.testClock.advanceTestClock({
        currentTime: timestampFromMs(nowMs),
        requestId: `step-${step}`,
      }),
    );
    await billed(clients);
    await alerts.settle(step, 'moved');
    await credits.look(step);
    for (const book of history.subscriptions)
      for (const fact of book.facts.filter((each) => each.step === step)) {
        const saying = say(clients, ids, book, fact);
        try {
          await previews.show(book.name, fact, saying);
          await saying.send();
        } catch (error) {
          const what = `${book.name}, ${fact.kind} in step ${step}`;
          throw new Error(`Refused, though it should hold: ${what}.`, { cause: error });
        }
      }
    await billed(clients);
    await previews.compare();
    await alerts.settle(step, 'said');
    for (const { subscription } of history.previews?.filter((each) => each.step === step) ?? [])
      await previews.showRunning(subscription, ids.subscriptions.get(subscription) ?? '', step);
    await credits.say(step);
    await alerts.settle(step, 'granted');
    await redeemCoupons(clients, history, step);
    await correctPrices(clients, ids, history, step);
    await accesses.ask(step, false);
    await sendEvents(clients, history, step);
    await alerts.settle(step, 'used');
    await sendCorrections(clients, history, step);
    await alerts.settle(step, 'corrected');
    await accesses.ask(step, true);
    await done;
  }
  return { subscriptions: ids.subscriptions, previews, credits, alerts, accesses };
}

/** All that is due by the clock is billed. */
async function billed(clients: Clients): Promise<void> {
  await until('all that is due is billed', async () => {
    const { testClock } = await clients.testClock.getTestClock({});
    return testClock?.status === TestClockStatus.READY ? true : undefined;
  });
}

import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { TestClockStatus } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import type { History } from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { steadily, until } from '@billingrails/stack/until';
import { Credits } from './credits';
import { define } from './define';
import { Previews } from './previews';
import { say, type Ids } from './say';
import { correctPrices } from './send/prices';
import { sendUsage } from './send/usage';

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
}

/** Plays a history through the platform, step by step as `History` says, and looks at what was shown before it. */
export async function play(clients: Clients, history: History, beside: Beside): Promise<Played> {
  const previews = new Previews(clients);
  const ids: Ids = { ...(await define(clients, history)), subscriptions: new Map() };
  const credits = new Credits(clients, history, ids.creditUnits);
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
    await credits.look(step);
    for (const book of history.subscriptions)
      for (const fact of book.facts.filter((each) => each.step === step)) {
        const saying = say(clients, ids, book, fact);
        await previews.show(book.name, fact, saying);
        await saying.send();
      }
    await billed(clients);
    await previews.compare();
    for (const { subscription } of history.previews?.filter((each) => each.step === step) ?? [])
      await previews.showRunning(subscription, ids.subscriptions.get(subscription) ?? '', step);
    await credits.say(step);
    await correctPrices(clients, ids, history, step);
    await sendUsage(clients, history, step);
    await done;
  }
  return { subscriptions: ids.subscriptions, previews, credits };
}

/** All that is due by the clock is billed. */
async function billed(clients: Clients): Promise<void> {
  await until('all that is due is billed', async () => {
    const { testClock } = await clients.testClock.getTestClock({});
    return testClock?.status === TestClockStatus.READY ? true : undefined;
  });
}

import { timestampMs } from '@bufbuild/protobuf/wkt';
import {
  AlertDirection,
  type AlertEvent,
} from '@billingrails/contracts/billingrails/billing/v1/alert_pb';
import {
  expectedFiringsOf,
  firingText,
  PHASES,
  type ExpectedFiring,
  type History,
  type Phase,
} from '@billingrails/recompute';
import type { Clients } from '@billingrails/stack/clients';
import { until } from '@billingrails/stack/until';
import { allPages } from '../collect';
import type { YearDifference } from '../compare';

/**
 * Waits for what alerts must say of what was just done, so that nothing else is done before they have looked; and
 * compares all that they have said in the end.
 */
export class Alerts {
  readonly #expected: readonly ExpectedFiring[];
  /** Alerts that did not say what they must have: nobody waits for them any more. */
  readonly #silent = new Set<string>();

  constructor(
    readonly clients: Clients,
    history: History,
    /** The ids of alerts by their names. */
    readonly ids: ReadonlyMap<string, string>,
  ) {
    this.#expected = expectedFiringsOf(history);
  }

  /** Once all has fired that must have after a phase of a step. */
  async settle(step: number, phase: Phase): Promise<void> {
    const isDue = (each: ExpectedFiring) =>
      each.step < step ||
      (each.step === step && PHASES.indexOf(each.phase) <= PHASES.indexOf(phase));
    const now = this.#expected.filter((each) => each.step === step && each.phase === phase);
    for (const alert of new Set(now.map((each) => each.alert))) {
      if (this.#silent.has(alert)) continue;
      const count = this.#expected.filter((each) => each.alert === alert && isDue(each)).length;
      try {
        await until(`${alert} has fired ${count} times`, async () => {
          const { length } = await this.#events(alert);
          return length >= count ? true : undefined;
        });
      } catch {
        this.#silent.add(alert);
      }
    }
  }

  /** What was said otherwise, or not at all, or was not to be said; and how much was said. */
  async compare(): Promise<{
    readonly count: number;
    readonly differences: readonly YearDifference[];
  }> {
    let count = 0;
    const differences: YearDifference[] = [];
    for (const alert of this.ids.keys()) {
      const events = await this.#events(alert);
      const said = events.map(textOf).sort();
      const wanted = this.#expected
        .filter((each) => each.alert === alert)
        .map(({ account, text }) => `${account}: ${text}`)
        .sort();
      count += said.length;
      if (said.join('; ') === wanted.join('; ')) continue;
      const without = (texts: readonly string[], others: readonly string[]) =>
        texts.filter((text) => !others.includes(text)).join('; ');
      differences.push({
        ...{ subscription: `alert "${alert}"`, bill: -1 },
        ...{ expected: without(wanted, said), invoiced: without(said, wanted) },
      });
    }
    return { count, differences };
  }

  #events(alert: string): Promise<AlertEvent[]> {
    const alertId = this.ids.get(alert) ?? '';
    return allPages(async (pageToken) => {
      const request = { alertId, pageToken, pageSize: 1000 };
      const { alertEvents, nextPageToken } = await this.clients.alerts.listAlertEvents(request);
      return { items: alertEvents, nextPageToken };
    });
  }
}

/** How far a threshold was passed depends on who looked when: that it was says the event. */
function textOf({ accountId, threshold, period, occurrence, createTime }: AlertEvent): string {
  const direction = threshold?.direction === AlertDirection.DOWN ? 'down' : 'up';
  const { startTime, endTime } = period ?? {};
  const span = startTime &&
    endTime && { startMs: timestampMs(startTime), endMs: timestampMs(endTime) };
  const nowMs = createTime === undefined ? Number.NaN : timestampMs(createTime);
  const of = { value: threshold?.value ?? '', direction } as const;
  return `${accountId}: ${firingText(of, occurrence, span, nowMs)}`;
}

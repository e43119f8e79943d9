import type { SentEvent } from './load';

/** What usage must be, by account: computed the slow, obvious way, on integers, sharing nothing with the product. */
export interface Expected {
  readonly count: number;
  readonly sum: string;
  readonly euCount: number;
  readonly max: string;
}

const FRACTION_DIGITS = 6;

/** Adds up the events of each account. */
export function expectedUsage(events: readonly SentEvent[]): Map<string, Expected> {
  const byAccount = new Map<string, SentEvent[]>();
  for (const event of events) {
    const list = byAccount.get(event.accountId) ?? [];
    list.push(event);
    byAccount.set(event.accountId, list);
  }
  return new Map([...byAccount].map(([account, list]) => [account, usageOf(list)]));
}

function usageOf(events: readonly SentEvent[]): Expected {
  let sum = 0n;
  let max = -1n;
  let euCount = 0;
  for (const { bytes, region } of events) {
    const micro = BigInt(bytes.replace('.', ''));
    sum += micro;
    if (micro > max) max = micro;
    if (region === 'eu') euCount += 1;
  }
  return { count: events.length, sum: decimalOf(sum), euCount, max: decimalOf(max) };
}

function decimalOf(micro: bigint): string {
  const digits = micro.toString().padStart(FRACTION_DIGITS + 1, '0');
  const whole = digits.slice(0, -FRACTION_DIGITS);
  const fraction = digits.slice(-FRACTION_DIGITS).replace(/0+$/, '');
  return fraction ? `${whole}.${fraction}` : whole;
}

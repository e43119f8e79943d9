import { assert, precondition } from '@billingrails/errors';
import { derivedId } from '@billingrails/ids';
import { decimal, decimalText } from '@billingrails/money';
import type { Group } from '@billingrails/rating';
import { buildInvoice } from '../../invoices/domain/build-invoice';
import type { PostedLine } from '../../intake/domain/posted-bill';
import { account, OCTOBER, postedBill, usageCharge } from '../../testing/posted-bills';
import { scriptedUsage, type ScriptedEvent } from '../../testing/usage';
import type { UsageSource } from '../usage-source';
import { usageByDay } from './usage-by-day';

const accountId = account('acct_67890');
const createMs = OCTOBER.endMs + 3_600_000;
const { signal } = new AbortController();

function calls(quantity: string, eventCount: bigint, group?: Group): PostedLine {
  const line = usageCharge('Calls', { tiers: [{ quantity, unitAmount: '1' }], eventCount });
  return group === undefined ? line : { ...line, group };
}

const event = (key: string, day: number, value: string, more: Partial<ScriptedEvent> = {}) => ({
  ...{ accountId, key, timeMs: Date.UTC(2026, 9, day), value },
  ...more,
});

async function listed(
  lines: readonly PostedLine[],
  events: readonly ScriptedEvent[],
  other: Partial<UsageSource> = {},
) {
  const source = scriptedUsage();
  source.counted.push(...events);
  const invoice = { ...buildInvoice(postedBill({ lines })), createMs };
  const answer = await usageByDay({ ...source, ...other }, invoice, signal);
  assert(answer !== 'unavailable', 'metering answers');
  return {
    furtherCount: answer.furtherCount,
    asked: source.asked,
    lines: answer.usages.map(({ agreement, days }) => ({
      agreement,
      days: days.flatMap(({ period, quantity = decimal(0n), eventCount }) =>
        eventCount === 0n
          ? []
          : [`${new Date(period.startMs).getUTCDate()}: ${decimalText(quantity)}`],
      ),
    })),
  };
}

test('each line of usage is told by day, and those of one meter profile are one question', async () => {
  const events = [
    event('a', 1, '1', { group: ['eu'] }),
    event('b', 3, '2', { group: ['eu'] }),
    event('c', 3, '4', { group: ['us'] }),
  ];
  const lines = [calls('3', 2n, ['eu']), calls('4', 1n, ['us']), calls('0', 0n, ['asia'])];
  expect(await listed(lines, events)).toEqual({
    ...{ furtherCount: 0, asked: 1 },
    lines: [
      { agreement: 'sum', days: ['1: 1', '3: 2'] },
      { agreement: 'sum', days: ['3: 4'] },
      { agreement: 'sum', days: [] },
    ],
  });
  const all = await listed([calls('7', 3n)], events);
  expect(all).toMatchObject({ asked: 1, lines: [{ agreement: 'sum', days: ['1: 1', '3: 6'] }] });
});

test('what has come since the invoice was put together is left out', async () => {
  const late = event('late', 2, '5', { knownMs: createMs + 1 });
  const { lines } = await listed([calls('3', 1n)], [event('a', 1, '3'), late]);
  expect(lines).toEqual([{ agreement: 'sum', days: ['1: 3'] }]);
});

test('an event for another, of the same quantity, is seen by their days', async () => {
  const { lines } = await listed([calls('3', 2n)], [event('a', 1, '3')]);
  expect(lines).toEqual([{ agreement: 'differs', days: ['1: 3'] }]);
});

test('where the whole is no sum of days, it is asked for, and the days are told all the same', async () => {
  const sum = async () => ({ quantity: decimal('9'), eventCount: 2n });
  const events = [event('a', 1, '9'), event('b', 2, '4')];
  const { lines } = await listed([calls('9', 2n)], events, { sum });
  expect(lines).toEqual([{ agreement: 'no_sum', days: ['1: 9', '2: 4'] }]);
});

test('where metering no longer keeps what it takes, the line has no days, and others have theirs', async () => {
  const groupDays = () => {
    throw precondition('RAW_EVENTS_DELETED', 'Gone.');
  };
  const { lines } = await listed([calls('3', 1n)], [], { groupDays });
  expect(lines).toEqual([{ agreement: 'gone', days: [] }]);
});

test('while metering cannot be asked there is no usage by day, and it is not asked for line after line', async () => {
  const source = scriptedUsage();
  source.down = true;
  const lines = Array.from({ length: 50 }, (_, index) =>
    usageCharge(`Calls ${index}`, { tiers: [{ quantity: '1' }] }),
  );
  const invoice = buildInvoice(postedBill({ lines }));
  expect(await usageByDay(source, invoice, signal)).toBe('unavailable');
  expect(source.asked).toBeLessThan(5);
});

test('fees, other groups and units of credits are not listed, nor what a document has no room for', async () => {
  const unit = { ...calls('2', 1n), usage: { ...usageOf('cun'), eventCount: 1n } };
  const none = await listed([calls('2', 1n, 'other'), unit], []);
  expect(none).toMatchObject({ furtherCount: 0, asked: 0, lines: [] });
  const many = Array.from({ length: 400 }, (_, index) => calls('0', 0n, [index]));
  const { lines, furtherCount, asked } = await listed(many, []);
  expect(lines.length + furtherCount).toBe(400);
  expect(lines).toHaveLength(312);
  // A hundred groups each.
  expect(asked).toBe(4);
});

function usageOf(prefix: 'cun') {
  return { meterId: derivedId(prefix, 'one'), profile: 'default' };
}

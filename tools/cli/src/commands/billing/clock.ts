import type { Command } from 'commander';
import { TestClockSchema } from '@billingrails/contracts/billingrails/billing/v1/test_clock_pb';
import { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { rest } from '@billingrails/waits';
import type { CommonOptions, Context } from '../../context';
import { say } from '../../io';
import type { Json } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { callCommand, group, type FieldOption } from '../define';

const ACCOUNT: FieldOption = [
  '--account <account>',
  'account_id',
  "a test account's own clock; left out: the organisation's",
];
const LOOK_EVERY_MS = 100;

export function clock(): Command {
  const { method } = TestClockService;
  return group(
    'clock',
    'A year of billing in seconds: a clock that moves only on request.',
    callCommand({
      name: 'show',
      summary: 'Shows the test clock.',
      method: method.getTestClock,
      options: [ACCOUNT],
      shows: 'test_clock',
      examples: ['clock show', 'clock show --account try_1'],
    }),
    callCommand({
      name: 'create',
      summary: 'Puts the organisation on a test clock, before it has subscriptions.',
      method: method.createTestClock,
      arguments: [['<time>', 'current_time', 'where it starts']],
      shows: 'test_clock',
      examples: ['clock create 2026-01-01'],
    }),
    advance(),
  );
}

function advance(): Command {
  const { advanceTestClock } = TestClockService.method;
  const command: Command = callCommand({
    name: 'advance',
    summary: 'Moves the clock forward, and waits until every period that ends by then is closed.',
    method: advanceTestClock,
    arguments: [['<time>', 'current_time', 'the new time, at most two years on']],
    options: [ACCOUNT],
    instead: async (context, request) => {
      const { wait } = command.opts<CommonOptions & { wait: boolean }>();
      const { test_clock: moved } = await context.call(advanceTestClock, request);
      const account = request['account_id'] ?? '';
      const shown = wait ? await readyClock(context, account) : moved;
      if (isObject(shown)) context.show(shown, { message: TestClockSchema });
      return true;
    },
    examples: ['clock advance 2026-02-01', 'clock advance 2027-01-01 --account try_1 --no-wait'],
  });
  return command.option('--no-wait', 'answers at once');
}

async function readyClock(context: Context, account_id: Json): Promise<Json | undefined> {
  for (let looks = 0; ; looks += 1) {
    const answer = await context.call(TestClockService.method.getTestClock, { account_id });
    const { test_clock: found } = answer;
    if (!isObject(found) || found['status'] !== 'TEST_CLOCK_STATUS_ADVANCING') return found;
    if (looks === 20) say('Closing periods…');
    await rest(LOOK_EVERY_MS);
  }
}

import { Option, type Command } from 'commander';
import { MeterService } from '@billingrails/contracts/billingrails/metering/v1/meter_service_pb';
import {
  UsageRowSchema,
  UsageService,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { collected, type CommonOptions, type Context } from '../../context';
import { CliError, EXIT } from '../../exit-codes';
import { print, say, styled } from '../../io';
import { nearestOf } from '../../nearest';
import { sparkline } from '../../output/sparkline';
import { tableText } from '../../output/render';
import type { JsonObject } from '../../rpc/connection';
import { isObject } from '../../rpc/request';
import { monthStart, readTime } from '../../time';
import { acting, leaf } from '../define';

const WINDOWS = ['none', 'minute', 'hour', 'day', 'week', 'month'];

interface UsageOptions extends CommonOptions {
  readonly meterProfile?: string;
  readonly account?: readonly string[];
  readonly from?: string;
  readonly to: string;
  readonly window: string;
  readonly timeZone?: string;
  readonly byGroup?: boolean;
  readonly wait?: boolean;
  readonly knownAt?: string;
}

/** What meters counted. */
export function usage(): Command {
  const command = leaf(
    'usage',
    'Shows what a meter counted: of this month, or of any time. With windows, as a line of bars for each account as well.',
    [
      'usage Plays --meter-profile seconds',
      'usage mtr_01J… --account acct_67890 --from 2026-01 --to 2026-02 --window day',
      'usage Plays --from -24h --window hour --csv > usage.csv',
    ],
  )
    .argument('<meter>', 'mtr_…, or the name of a meter or of its events')
    .option('--meter-profile <code>', "left out: the meter's default profile")
    .option('--account <account>', 'may be repeated; left out: all that have usage', collected)
    .option('--from <time>', 'left out: the first of this month, UTC')
    .option('--to <time>', 'the first instant after it', 'now')
    .addOption(new Option('--window <window>', 'a row for each').choices(WINDOWS).default('none'))
    .option('--time-zone <name>', 'whose days, weeks and months; left out: UTC')
    .option('--by-group', 'a row for each group')
    .option('--known-at <time>', 'by what was known then')
    .option('--wait', 'until every event acknowledged so far is counted');
  return acting<UsageOptions>(command, async (context, options, [meter = '']) => {
    const { now } = context;
    const request: JsonObject = {
      meter_id: await meterIdOf(context, meter),
      profile: options.meterProfile ?? '',
      account_ids: [...(options.account ?? [])],
      start_time: readTime(options.from ?? monthStart(now), now),
      end_time: readTime(options.to, now),
      window: options.window,
      time_zone: options.timeZone ?? '',
      by_group: options.byGroup ?? false,
      wait_for_acknowledged: options.wait ?? false,
      ...(options.knownAt === undefined ? {} : { known_at: readTime(options.knownAt, now) }),
    };
    showUsage(context, await allRows(context, request), options);
  });
}

async function allRows(context: Context, request: JsonObject): Promise<JsonObject[]> {
  const rows: JsonObject[] = [];
  let token = '';
  let isPartial = false;
  do {
    const page = await context.call(UsageService.method.queryUsage, {
      ...request,
      page_token: token,
    });
    rows.push(...(Array.isArray(page['rows']) ? page['rows'].filter((row) => isObject(row)) : []));
    isPartial ||= page['partial'] === true;
    token = String(page['next_page_token'] ?? '');
  } while (token !== '');
  if (isPartial) say('Stored events are still being counted; ask again for all of them.');
  return rows;
}

function showUsage(context: Context, rows: readonly JsonObject[], options: UsageOptions): void {
  const columns = [
    'account_id',
    ...(options.byGroup ? ['GROUP=group.values'] : []),
    ...['START=start_time', 'END=end_time', 'value', 'EVENTS=event_count'],
  ];
  context.showList(rows, { message: UsageRowSchema, columns });
  if (context.format === 'table' && options.window !== 'none') print(sparklines(rows));
}

function sparklines(rows: readonly JsonObject[]): string {
  const series = new Map<string, string[]>();
  for (const { account_id, group, value } of rows) {
    const values = isObject(group) ? JSON.stringify(group['values'] ?? []) : '';
    const name = `${String(account_id)}${values}`;
    series.set(name, [...(series.get(name) ?? []), String(value ?? '')]);
  }
  if (series.size === 0) return '';
  const lines = [...series].map(([name, values]) => [name, styled('cyan', sparkline(values))]);
  return `\n${tableText(undefined, lines)}`;
}

/** Finds a meter by its id, its name or its events' name. */
async function meterIdOf(context: Context, given: string): Promise<string> {
  if (given.startsWith('mtr_')) return given;
  const meters = await context.list(MeterService.method.listMeters, {}, 'meters');
  const found = meters.filter(({ name, event_name }) => name === given || event_name === given);
  const [only] = found;
  if (found.length === 1 && only !== undefined) return String(only['id']);
  const names = meters.map(({ name }) => String(name));
  const near = nearestOf(given, names);
  throw new CliError(
    found.length === 0 ? `There is no meter "${given}".` : `${found.length} meters are "${given}".`,
    found.length > 0
      ? `Name one by its id: ${found.map(({ id }) => String(id)).join(', ')}.`
      : `${near.length > 0 ? `Near it: ${near.join(', ')}. ` : ''}All: billingrails meters list`,
    found.length === 0 ? EXIT.notFound : EXIT.usage,
  );
}

import type { Command } from 'commander';
import { StoredEventService } from '@billingrails/contracts/billingrails/metering/v1/stored_event_service_pb';
import { StoredEventSchema } from '@billingrails/contracts/billingrails/metering/v1/stored_event_pb';
import { rest } from '@billingrails/waits';
import type { CommonOptions, Context } from '../../context';
import { print, styled } from '../../io';
import { cellOf } from '../../output/cells';
import { csvText } from '../../output/render';
import { CallError } from '../../rpc/call-error';
import { UnreachableError, type JsonObject } from '../../rpc/connection';
import { acting, leaf, limitFrom } from '../define';

const PAGE = 100;
const EVERY_MS = 1_000;
const COLUMNS = ['timestamp', 'event_name', 'idempotency_key', 'state', 'properties'];

interface TailOptions extends CommonOptions {
  readonly account: string;
  readonly eventName?: string;
  readonly lines: string;
  readonly follow: boolean;
}

/** Shows events as they are stored, until Ctrl-C. */
export function tail(): Command {
  const command = leaf(
    'tail',
    "Shows an account's newest events, and then every event as it is stored, until Ctrl-C. It looks at the newest 100 by " +
      'their time; `events list` finds those that come late. JSON is a line each.',
    [
      'events tail --account acct_67890',
      'events tail --account acct_67890 --json | jq .properties',
    ],
  )
    .requiredOption('--account <account>', 'whose')
    .option('--event-name <name>', 'only these')
    .option('-n, --lines <count>', 'how many that are there already', '10')
    .option('--no-follow', 'ends with those');
  return acting<TailOptions>(command, async (context, options) => {
    const lines = Math.min(limitFrom(options.lines), PAGE);
    const first = await newest(context, options);
    showEvents(context, first.slice(0, lines).reverse());
    let seen = new Set(first.map(nameOf));
    while (options.follow) {
      await rest(EVERY_MS);
      const page = await newestAgain(context, options);
      const fresh = page.filter((event) => !seen.has(nameOf(event)));
      showEvents(context, fresh.reverse());
      if (page.length > 0) seen = new Set([...seen, ...page.map(nameOf)].slice(-PAGE * 100));
    }
  });
}

async function newest(context: Context, options: TailOptions): Promise<JsonObject[]> {
  const request = { account_id: options.account, event_name: options.eventName ?? '' };
  return context.list(StoredEventService.method.listEvents, request, 'events', PAGE);
}

/** A platform that restarts is waited for. */
async function newestAgain(context: Context, options: TailOptions): Promise<JsonObject[]> {
  try {
    return await newest(context, options);
  } catch (error) {
    if (error instanceof UnreachableError) return [];
    if (error instanceof CallError && error.isPassing) return [];
    throw error;
  }
}

/** An amended event is shown again. */
const nameOf = ({ idempotency_key, revision }: JsonObject): string =>
  `${String(revision)} ${String(idempotency_key)}`;

function showEvents({ format }: Context, events: readonly JsonObject[]): void {
  for (const event of events) {
    const cells = COLUMNS.map((path) => cellOf(event, path, StoredEventSchema));
    if (format === 'json' || format === 'yaml') print(JSON.stringify(event));
    else if (format === 'csv') print(csvText([cells]));
    else print(cells.map((cell, index) => (index === 0 ? styled('dim', cell) : cell)).join('  '));
  }
}

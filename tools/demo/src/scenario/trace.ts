import { readFileSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { AggregationMethod } from '@billingrails/contracts/billingrails/metering/v1/meter_pb';
import { timestampFromMs } from '@bufbuild/protobuf/wkt';
import { errorText, StackError } from '@billingrails/stack';
import type { EventInit, Scenario } from './scenario';

const REMEDY =
  'Give --trace CSV files of one month with the columns TIMESTAMP,ContextTokens,GeneratedTokens, or leave it out.';

interface TraceRow {
  readonly timestampMs: number;
  readonly promptTokens: number;
  readonly generatedTokens: number;
}

/**
 * Requests to language models, from CSV files with the columns TIMESTAMP (UTC), ContextTokens and GeneratedTokens: one
 * account a file, one `llm_request` event a row. The billed month is the one of the earliest row; all files must lie in
 * it.
 */
export function traceScenario(files: readonly string[]): Scenario {
  const traces = files.map((file) => ({
    accountId: basename(file, extname(file)),
    rows: readTrace(file),
  }));
  const month = monthOf(traces.flatMap((trace) => trace.rows));
  return {
    name: `trace-${new Date(month.startMs).toISOString().slice(0, 7)}`,
    month,
    accounts: traces.map(({ accountId }) => ({ id: accountId, name: accountId })),
    meters: [
      {
        name: 'LLM requests',
        eventName: 'llm_request',
        profiles: [
          {
            code: 'requests',
            name: 'Requests',
            aggregationMethod: AggregationMethod.COUNT,
          },
          tokenProfile('prompt_tokens', 'Prompt tokens'),
          tokenProfile('generated_tokens', 'Generated tokens'),
        ],
      },
    ],
    plan: {
      name: 'LLM',
      currencyCode: 'USD',
      fees: [
        { name: 'Platform fee', price: { model: { case: 'flat', value: { amount: '20.00' } } } },
        {
          name: 'Prompt tokens',
          unit: 'token',
          usage: { meter: 'LLM requests', profile: 'prompt_tokens' },
          price: {
            model: {
              case: 'graduated',
              value: {
                tiers: [{ upTo: '10000000', unitAmount: '0' }, { unitAmount: '0.0000025' }],
              },
            },
          },
        },
        {
          name: 'Generated tokens',
          unit: 'token',
          usage: { meter: 'LLM requests', profile: 'generated_tokens' },
          price: { model: { case: 'perUnit', value: { unitAmount: '0.00001' } } },
        },
      ],
    },
    eventCount: traces.reduce((count, { rows }) => count + rows.length, 0),
    *events() {
      for (const { accountId, rows } of traces) {
        for (const [index, row] of rows.entries()) yield traceEvent(accountId, index, row);
      }
    },
  };
}

function tokenProfile(property: string, name: string) {
  return {
    code: property,
    name,
    aggregationMethod: AggregationMethod.SUM,
    aggregationProperty: property,
  };
}

/** The key is the row's place in its file, so that a file played again is the same events. */
function traceEvent(accountId: string, index: number, row: TraceRow): EventInit {
  return {
    eventName: 'llm_request',
    idempotencyKey: `${accountId}-${index + 1}`,
    timestamp: timestampFromMs(row.timestampMs),
    properties: {
      billingrails_account_id: accountId,
      prompt_tokens: row.promptTokens,
      generated_tokens: row.generatedTokens,
    },
  };
}

function readTrace(file: string): TraceRow[] {
  return readRecords(file).map((record, index) => {
    const row = {
      timestampMs: Date.parse(`${record['TIMESTAMP']?.replace(' ', 'T')}Z`),
      promptTokens: Number(record['ContextTokens']),
      generatedTokens: Number(record['GeneratedTokens']),
    };
    if (!Object.values(row).every(Number.isSafeInteger)) {
      throw new StackError(
        `${file}: row ${index + 1} is not TIMESTAMP,ContextTokens,GeneratedTokens: ${JSON.stringify(record)}.`,
        REMEDY,
      );
    }
    return row;
  });
}

function readRecords(file: string): Record<string, string>[] {
  try {
    return parse(readFileSync(file), { columns: true, skip_empty_lines: true });
  } catch (error) {
    throw new StackError(`${file} cannot be read: ${errorText(error)}.`, REMEDY, { cause: error });
  }
}

function monthOf(rows: readonly TraceRow[]): Scenario['month'] {
  if (rows.length === 0) throw new StackError('The trace holds no rows.', REMEDY);
  const times = rows.map((row) => row.timestampMs);
  const first = new Date(times.reduce((least, time) => Math.min(least, time)));
  const last = times.reduce((most, time) => Math.max(most, time));
  const month = {
    startMs: Date.UTC(first.getUTCFullYear(), first.getUTCMonth()),
    endMs: Date.UTC(first.getUTCFullYear(), first.getUTCMonth() + 1),
  };
  if (last >= month.endMs)
    throw new StackError('The trace spans more than one calendar month (UTC).', REMEDY);
  return month;
}

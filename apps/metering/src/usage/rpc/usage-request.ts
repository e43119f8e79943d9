import { clone, toBinary } from '@bufbuild/protobuf';
import {
  QueryUsageRequestSchema,
  UsageWindow,
  type QueryUsageRequest,
  type UsageGroup,
} from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { assert, invalid, type Violation } from '@billingrails/errors';
import { isAccountId, type AccountId } from '@billingrails/ids';
import {
  decodePageToken,
  encodePageToken,
  fromTimestamp,
  pageSize,
  scalarFromValue,
} from '@billingrails/rpc';
import {
  canonicalTimeZone,
  countWindows,
  isTimeZone,
  windowsOf,
  type Period,
  type Window,
} from '@billingrails/time';
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { groupShownAs, type WantedGroup } from '../../domain/group';
import type { UsagePage, UsagePosition } from '../use-cases/read-usage';

const WINDOWS_MAX = 10_000;
/** An answer of so many rows stays below the 4 MiB of a message; a page holds fewer accounts where it must. */
const ROWS_MAX = 10_000;
/** Rows are longer by group: three texts of 64 characters each, beside the account. */
const GROUP_ROWS_MAX = 3_000;

const WINDOWS: Record<UsageWindow, Window> = {
  [UsageWindow.UNSPECIFIED]: 'none',
  [UsageWindow.NONE]: 'none',
  [UsageWindow.HOUR]: 'hour',
  [UsageWindow.DAY]: 'day',
  [UsageWindow.MONTH]: 'month',
  [UsageWindow.MINUTE]: 'minute',
  [UsageWindow.WEEK]: 'week',
};

/** What a usage query asks for, checked. */
export interface UsageRequest {
  readonly windows: readonly Period[];
  readonly timeZone: string;
  /** All that were named; empty for all that have usage. */
  readonly accountIds: readonly AccountId[];
  /** Undefined for all. */
  readonly groups: readonly WantedGroup[] | undefined;
  /** Undefined: the newest, or that of `knownAtMs`. */
  readonly profileVersion: number | undefined;
  readonly knownAtMs: number | undefined;
  readonly page: UsagePage;
}

const pageTokenShape = z.object({
  /** Which request it belongs to. */
  of: z.string(),
  skip: z.number().int().min(0),
  after: z.string(),
  afterGroup: z.string().optional(),
  /** The version of the profile that the first page was counted by. */
  version: z.number().int().min(1),
});

/** Reads the request. Throws `invalid` with everything that is wrong with it. */
export function readUsageRequest(request: QueryUsageRequest): UsageRequest {
  const { startTime, endTime, pageToken } = request;
  assert(startTime !== undefined && endTime !== undefined, 'the contract requires both times');
  const period = {
    startMs: fromTimestamp(startTime, 'start_time'),
    endMs: fromTimestamp(endTime, 'end_time'),
  };
  const window = WINDOWS[request.window];
  const timeZone = canonicalTimeZone(request.timeZone || 'UTC');
  const violations = [
    ...accountViolations(request.accountIds),
    ...rangeViolations(period, window, timeZone),
    ...request.groups.flatMap(groupViolations),
  ];
  if (violations.length > 0) {
    throw invalid('USAGE_QUERY_INVALID', 'The usage query is not valid.', violations);
  }
  const windows = windowsOf(period, window, timeZone);
  const { version = request.profileVersion || undefined, ...from } =
    pageToken === '' ? START : readPageToken(pageToken, request);
  const rowsMax = request.byGroup ? GROUP_ROWS_MAX : ROWS_MAX;
  const page = { from, accountsMax: pageSize(request.pageSize), rowsMax };
  const { knownAt } = request;
  return {
    ...{ windows, timeZone, page },
    accountIds: request.accountIds.filter(isAccountId),
    groups: request.groups.length === 0 ? undefined : request.groups.map(groupOfMessage),
    profileVersion: version,
    knownAtMs: knownAt === undefined ? undefined : fromTimestamp(knownAt, 'known_at'),
  };
}

const START: UsagePosition & { readonly version?: number } = {
  ...{ skip: 0, after: '', afterGroup: undefined },
};

/** The token of the page that follows, which is counted by the same versions of the profile. */
export function nextPageToken(
  request: QueryUsageRequest,
  position: UsagePosition,
  version: number,
): string {
  return encodePageToken({ of: identityOf(request), version, ...position });
}

function readPageToken(token: string, request: QueryUsageRequest) {
  const shape = pageTokenShape.refine(({ of }) => of === identityOf(request));
  const { skip, after, afterGroup, version } = decodePageToken(token, shape);
  return { skip, after, afterGroup, version };
}

/** What must stay the same from page to page. */
function identityOf(request: QueryUsageRequest): string {
  const same = clone(QueryUsageRequestSchema, request);
  same.pageSize = 0;
  same.pageToken = '';
  same.consistencyToken = '';
  same.waitForAcknowledged = false;
  const bytes = toBinary(QueryUsageRequestSchema, same);
  return createHash('sha256').update(bytes).digest('base64url').slice(0, 16);
}

/** The group that a request names, as answers and invoices show it. */
function groupOfMessage({ values, profileVersion }: UsageGroup): WantedGroup {
  const shown = values.map((value) => scalarFromValue(value) ?? null);
  return { group: groupShownAs(shown), version: profileVersion || undefined };
}

function groupViolations({ values }: UsageGroup, index: number): Violation[] {
  const field = `groups[${index}]`;
  if (values.length === 0) return [{ field, description: 'must have values' }];
  return values.flatMap((value, at) =>
    scalarFromValue(value) !== undefined
      ? []
      : [
          {
            field: `${field}.values[${at}]`,
            description: 'must be a string, number, boolean or null',
          },
        ],
  );
}

function accountViolations(accountIds: readonly string[]): Violation[] {
  return accountIds.flatMap((id, index) =>
    isAccountId(id)
      ? []
      : [{ field: `account_ids[${index}]`, description: 'is not the id of an account' }],
  );
}

function rangeViolations(period: Period, window: Window, timeZone: string): Violation[] {
  const violations: Violation[] = [];
  const isZone = isTimeZone(timeZone);
  if (!isZone) violations.push({ field: 'time_zone', description: 'must be an IANA time zone' });
  if (period.startMs >= period.endMs) {
    violations.push({ field: 'end_time', description: 'must be after start_time' });
  } else if (isZone && countWindows(period, window, timeZone, WINDOWS_MAX) > WINDOWS_MAX) {
    const description = `must leave at most ${WINDOWS_MAX} windows after start_time`;
    violations.push({ field: 'end_time', description });
  }
  return violations;
}

import type { CallCommand, FieldOption } from '../define';

/** What a key or an organisation may send a second, as options. */
export const LIMITS: readonly FieldOption[] = [
  ['--calls-per-second <count>', 'limits.calls_per_second', 'at most so many calls'],
  ['--bytes-per-second <count>', 'limits.bytes_per_second', 'at most so many bytes of requests'],
  ['--events-per-second <count>', 'limits.events_per_second', 'at most so many events'],
];

/** Takes these limits in place of all that there were: what is left out has none. */
export const ALL_LIMITS = { fixed: { limits: {} }, options: LIMITS } satisfies Partial<CallCommand>;

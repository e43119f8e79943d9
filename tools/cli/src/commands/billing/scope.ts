import type { FieldOption } from '../define';

/** Which accounts, subscriptions and cycles are rated again. */
export const SCOPE: readonly FieldOption[] = [
  ['--account <account>', 'scope.account_ids', 'only of these; may be repeated'],
  ['--subscription <subscription>', 'scope.subscription_ids', 'only these; may be repeated'],
  ['--from <time>', 'scope.start_time', 'from the cycle on that holds it'],
  ['--to <time>', 'scope.end_time', 'cycles that begin before it'],
];

import type { ReasonText } from '../reason';

/** Reasons of billing about accounts, their settings and test clocks. */
export const accountReasons = {
  ACCOUNT_EXISTS: {
    kind: 'conflict',
    meaning: 'There is an account of that id.',
    cure: 'Use it, or choose another id.',
  },
  ACCOUNT_NOT_FOUND: {
    kind: 'not_found',
    meaning: 'The organisation has no account of that id.',
    cure: 'Take the id from `ListAccounts`, or create the account.',
  },
  ACCOUNT_NOT_TEST: {
    kind: 'precondition',
    meaning: 'The account is no test account, and those are the only ones that can be deleted.',
    cure: 'Cancel its subscriptions. To try things out, create an account with a `test_clock_time`.',
  },
  ACCOUNT_PARENT_INVALID: {
    kind: 'invalid',
    meaning: 'The account cannot belong to that parent, or be paid for by it.',
    cure: 'Mend each field that `BadRequest` names: name an account that is not below this one.',
  },
  ACCOUNT_PARENT_UNRESOLVED: {
    kind: 'precondition',
    meaning: 'The parent that the account is to belong to does not exist.',
    cure: 'Take the id from `ListAccounts`, or create the parent first.',
  },
  BILLING_SETTINGS_INVALID: {
    kind: 'invalid',
    meaning: 'The settings cannot be stored as given.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  CLOCK_DECIDED: {
    kind: 'precondition',
    meaning: 'The organisation has a test clock already, or subscriptions by the real time.',
    cure: 'Make a test clock before the first subscription, in an organisation of its own.',
  },
  TEST_CLOCK_NOT_FOUND: {
    kind: 'not_found',
    meaning:
      'The organisation lives by the real time, or the account has no test clock of its own.',
    cure: 'Create a test clock in an organisation without subscriptions, or an account with a `test_clock_time`.',
  },
  TEST_CLOCK_TIME_INVALID: {
    kind: 'invalid',
    meaning: 'A test clock cannot show that time.',
    cure: 'Mend each field that `BadRequest` names.',
  },
  TEST_CLOCK_REVERSED: {
    kind: 'invalid',
    meaning: 'A test clock moves forward only.',
    cure: "Choose a time that is not before the clock's own.",
  },
  TEST_CLOCK_TOO_FAR: {
    kind: 'invalid',
    meaning: 'A test clock moves at most two years at once.',
    cure: 'Move it in several steps.',
  },
} as const satisfies Record<string, ReasonText>;

import { timestampMs } from '@bufbuild/protobuf/wkt';
import type { AccountService } from '@billingrails/contracts/billingrails/billing/v1/account_service_pb';
import type { TestClockService } from '@billingrails/contracts/billingrails/billing/v1/test_clock_service_pb';
import { assert, unavailable } from '@billingrails/errors';
import { isAccountId } from '@billingrails/ids';
import { onBehalfOf } from '@billingrails/rpc';
import type { Client } from '@connectrpc/connect';
import { callFailed } from '../rpc/call-failed';
import type { AccountSource } from './account-source';

const TIMEOUT_MS = 5_000;

/** A refusal of billing, as that there is no such account, is passed on. */
const failed = callFailed('not_found', (cause) =>
  unavailable('BILLING_UNAVAILABLE', 'Billing cannot be asked just now.', 1000, cause),
);

/** Speaks to billing over generated clients. */
export function createAccountSource(
  accounts: Client<typeof AccountService>,
  clocks: Client<typeof TestClockService>,
): AccountSource {
  return {
    async find(organisationId, text) {
      const options = { ...onBehalfOf(organisationId), timeoutMs: TIMEOUT_MS };
      const { account } = await accounts.getAccount({ accountId: text }, options).catch(failed);
      assert(account !== undefined && isAccountId(account.id), 'billing says which account it is');
      const { id: accountId, name: accountName, isTest } = account;
      if (!isTest) return { accountId, accountName };
      const { testClock } = await clocks.getTestClock({ accountId }, options).catch(failed);
      assert(testClock?.currentTime !== undefined, 'a test account has a clock of its own');
      return { accountId, accountName, testClockMs: timestampMs(testClock.currentTime) };
    },
  };
}

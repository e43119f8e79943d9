import { objectChanged, type ChangeType } from '@billingrails/bus';
import { CreditGrantSchema } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import type { OrganisationId } from '@billingrails/ids';
import type { OutboxMessage } from '@billingrails/mongo';
import type { CreditGrant } from '../domain/credit-grant';
import { creditGrantToProto } from './credit-grant';

/** What has become of a grant of credits. */
export interface CreditGrantChange {
  readonly type: Extract<ChangeType, `credit_grant.${string}`>;
  readonly grant: CreditGrant;
  /** What tells several times apart. Unset: it comes about once. */
  readonly occasion?: string;
  readonly isTest: boolean;
  /** By the account's clock. */
  readonly occurMs: number;
  /** By the server's clock. */
  readonly createMs: number;
}

/** The message that tells of it. */
export function creditGrantChanged(
  organisationId: OrganisationId,
  { grant, ...change }: CreditGrantChange,
): OutboxMessage {
  const { id: objectId, accountId } = grant;
  const object = creditGrantToProto(grant);
  return objectChanged({
    ...{ ...change, organisationId, accountId, objectId },
    ...{ schema: CreditGrantSchema, object },
  });
}

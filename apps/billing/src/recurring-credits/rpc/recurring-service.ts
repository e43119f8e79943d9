import { RecurringCreditGrantService } from '@billingrails/contracts/billingrails/billing/v1/recurring_credit_grant_service_pb';
import { mutate } from '@billingrails/mongo';
import { fromTimestamp, pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { createRecurring, endRecurring, existingRecurring } from '../use-cases/define';
import { scopeOf } from '../../credits/rpc/grant-draft';
import { recurringDraftOf, recurringToProto } from './recurring-messages';

/** Grants credits again in each cycle. */
export function recurringCreditGrantService(
  parts: ServiceParts,
): ServiceImpl<typeof RecurringCreditGrantService> {
  const { mongo, recurringGrants, nudgeCredits } = parts;
  const methods = RecurringCreditGrantService.method;
  return {
    async createRecurringCreditGrant(request, context) {
      const answer = await mutate(mongo, {
        method: methods.createRecurringCreditGrant,
        request,
        caller: principalOf(context),
        async prepare(organisationId) {
          const { scope } = request;
          const draft = recurringDraftOf(request);
          if (scope === undefined) return draft;
          const covered = await scopeOf(parts, organisationId, scope, context.signal);
          return { ...draft, scope: covered };
        },
        async run(session, organisationId, draft) {
          const recurring = await createRecurring(parts, session, organisationId, draft);
          return { recurringCreditGrant: recurringToProto(recurring) };
        },
      });
      nudgeCredits();
      return answer;
    },

    async getRecurringCreditGrant({ recurringCreditGrantId }, context) {
      const { organisationId } = principalOf(context);
      const found = await existingRecurring(parts, organisationId, recurringCreditGrantId);
      return { recurringCreditGrant: recurringToProto(found) };
    },

    async listRecurringCreditGrants(request, context) {
      const { organisationId } = principalOf(context);
      const { value: granteeId = '' } = request.grantee;
      const filter = granteeId === '' ? undefined : { granteeId };
      const { items, nextPageToken } = await pageById(request, (slice) =>
        recurringGrants.list(organisationId, slice, filter),
      );
      return { recurringCreditGrants: items.map(recurringToProto), nextPageToken };
    },

    endRecurringCreditGrant: (request, context) =>
      mutate(mongo, {
        method: methods.endRecurringCreditGrant,
        request,
        caller: principalOf(context),
        prepare: () => undefined,
        async run(session, organisationId) {
          const { recurringCreditGrantId: id, endTime } = request;
          const endMs = endTime === undefined ? undefined : fromTimestamp(endTime, 'end_time');
          const ended = await endRecurring(parts, session, organisationId, { id, endMs });
          return { recurringCreditGrant: recurringToProto(ended) };
        },
      }),
  };
}

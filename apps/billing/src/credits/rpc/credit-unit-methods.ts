import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import type { ServiceParts } from '../../service-parts';
import { createUnit, resolveUnit } from '../use-cases/create-unit';
import { existingUnit } from '../use-cases/existing';
import { creditUnitToProto, unitFromProto } from './credit-messages';

type UnitMethods = Pick<
  ServiceImpl<typeof CreditService>,
  'createCreditUnit' | 'getCreditUnit' | 'listCreditUnits'
>;

/** The methods on units of credits. */
export function creditUnitMethods(parts: ServiceParts): UnitMethods {
  const { mongo, creditUnits } = parts;
  return {
    createCreditUnit: (request, context) =>
      mutate(mongo, {
        method: CreditService.method.createCreditUnit,
        request,
        caller: principalOf(context),
        prepare: (organisationId) =>
          resolveUnit(parts, organisationId, unitFromProto(request), context.signal),
        async run(session, organisationId, draft) {
          const unit = await createUnit(parts, session, organisationId, draft);
          return { creditUnit: creditUnitToProto(unit) };
        },
      }),

    async getCreditUnit({ creditUnitId }, context) {
      const { organisationId } = principalOf(context);
      const unit = await existingUnit(parts, organisationId, creditUnitId);
      return { creditUnit: creditUnitToProto(unit) };
    },

    async listCreditUnits(request, context) {
      const { organisationId } = principalOf(context);
      const { items, nextPageToken } = await pageById(request, (slice) =>
        creditUnits.list(organisationId, slice),
      );
      return { creditUnits: items.map(creditUnitToProto), nextPageToken };
    },
  };
}

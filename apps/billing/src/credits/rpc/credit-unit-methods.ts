import { CreditOverage } from '@billingrails/contracts/billingrails/billing/v1/credit_pb';
import { CreditService } from '@billingrails/contracts/billingrails/billing/v1/credit_service_pb';
import { assert, conflict, invalid } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { resolveDivisibleProfiles } from '../../catalogue/use-cases/resolve-fees';
import { decimalFromProto } from '../../contract/decimal';
import { pageById } from '../../rpc/page';
import type { ServiceParts } from '../../service-parts';
import { unitViolations, type CreditUnit } from '../domain/credit-unit';
import { existingUnit } from '../use-cases/existing';
import { creditUnitToProto } from './credit-messages';

type UnitMethods = Pick<
  ServiceImpl<typeof CreditService>,
  'createCreditUnit' | 'getCreditUnit' | 'listCreditUnits'
>;

/** The methods on units of credits. */
export function creditUnitMethods(parts: ServiceParts): UnitMethods {
  const { mongo, ids, creditUnits, clocks, metering } = parts;
  return {
    createCreditUnit: (request, context) =>
      mutate(mongo, {
        method: CreditService.method.createCreditUnit,
        request,
        organisationId: principalOf(context).organisationId,
        async prepare(organisationId) {
          const references = request.rates.map(({ meterProfile }, index) => {
            assert(meterProfile !== undefined, 'the contract requires a meter profile');
            return { path: `rates[${index}].meter_profile`, meterProfile };
          });
          const { signal } = context;
          const found = await resolveDivisibleProfiles(
            metering,
            organisationId,
            references,
            signal,
          );
          const rates = found.map((meterProfile, index) => ({
            meterProfile,
            amount: decimalFromProto(request.rates[index]?.amount ?? ''),
          }));
          const overage = request.overage === CreditOverage.BORROWED ? 'borrowed' : 'left';
          const { currencyCode } = request;
          const draft = {
            rates,
            overage,
            ...(currencyCode === '' ? {} : { currencyCode }),
          } as const;
          const violations = unitViolations(draft);
          if (violations.length > 0)
            throw invalid('CREDIT_UNIT_INVALID', 'The unit cannot be created.', violations);
          return draft;
        },
        async run(session, organisationId, draft) {
          const { code, name } = request;
          if ((await creditUnits.findByCode(organisationId, code, session)) !== undefined)
            throw conflict('CREDIT_UNIT_EXISTS', 'There is a unit of credits of that code.');
          const { currencyCode } = draft;
          const currencies = currencyCode === undefined ? [] : [currencyCode];
          if ((await creditUnits.ofCurrencies(organisationId, currencies, session)).size > 0)
            throw conflict('CREDIT_UNIT_EXISTS', 'There is a unit of credits of that currency.');
          const { nowMs: createMs } = await clocks.present(organisationId, session);
          const unit: CreditUnit = { id: ids.next('cun'), code, name, ...draft, createMs };
          await creditUnits.insert(organisationId, unit, session);
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

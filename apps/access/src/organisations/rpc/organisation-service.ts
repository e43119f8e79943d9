import { OrganisationService } from '@billingrails/contracts/billingrails/access/v1/organisation_service_pb';
import { DomainError, precondition } from '@billingrails/errors';
import { mutate } from '@billingrails/mongo';
import { pageById, principalOf } from '@billingrails/rpc';
import type { ServiceImpl } from '@connectrpc/connect';
import { held, seenBy, type ServiceParts } from '../../service-parts';
import { organisationToProto } from '../contract/organisation';
import { limitsFromProto } from '../contract/rate-limits';

/** Keeps the organisations of the platform. */
export function organisationService(parts: ServiceParts): ServiceImpl<typeof OrganisationService> {
  const { stores, records, ids, nowMs } = parts;
  const { mongo, organisations, keys } = stores;
  return {
    createOrganisation: (request, context) =>
      mutate(mongo, {
        method: OrganisationService.method.createOrganisation,
        ...{ request, caller: principalOf(context) },
        async run(session) {
          const made = { name: request.name, createMs: nowMs() };
          const organisation = { id: ids.next('org'), testId: ids.next('org'), ...made };
          await organisations.insert(organisation, session);
          return { organisation: organisationToProto(organisation) };
        },
      }),

    async getOrganisation(_request, context) {
      const { organisation } = await seenBy(parts, principalOf(context));
      return { organisation: organisationToProto(organisation) };
    },

    async listOrganisations(request) {
      const { items, nextPageToken } = await pageById(request, (slice) =>
        organisations.list(slice),
      );
      return { organisations: items.map(organisationToProto), nextPageToken };
    },

    async updateOrganisation(request, context) {
      const caller = principalOf(context);
      return await mutate(mongo, {
        method: OrganisationService.method.updateOrganisation,
        ...{ request, caller },
        prepare: () => seenBy(parts, caller),
        async run(session, _, { organisation, environment }) {
          if (environment === 'test') {
            const message = 'An organisation is changed with a key of its live environment.';
            throw precondition('LIVE_KEY_NEEDED', message);
          }
          const { name } = request;
          await organisations.rename(organisation.id, name, session);
          return { organisation: organisationToProto({ ...organisation, name }) };
        },
      });
    },

    async updateOrganisationLimits(request, context) {
      const caller = principalOf(context);
      const answer = await mutate(mongo, {
        method: OrganisationService.method.updateOrganisationLimits,
        ...{ request, caller },
        prepare: () => seenBy(parts, caller),
        async run(session, _, { organisation: { id } }) {
          const { limits: _before, ...organisation } = await held(organisations, id, session);
          const limits = limitsFromProto(request.limits);
          await organisations.limit(id, limits, session);
          // Services follow them with the keys, whose limits they are.
          await keys.limit(id, limits, session);
          const limited = { ...organisation, ...(limits && { limits }) };
          return { organisation: organisationToProto(limited) };
        },
      });
      // Where the bus is away, services are told as soon as it is back.
      await records.tellUntold().catch((error: unknown) => {
        if (!(error instanceof DomainError)) throw error;
      });
      return answer;
    },
  };
}

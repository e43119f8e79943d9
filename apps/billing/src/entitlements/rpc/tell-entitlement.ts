import { objectChanged } from '@billingrails/bus';
import { EntitlementSchema } from '@billingrails/contracts/billingrails/billing/v1/feature_pb';
import type { AccountId, OrganisationId } from '@billingrails/ids';
import { addToOutbox } from '@billingrails/mongo';
import type { ClientSession } from 'mongodb';
import type { ServiceParts } from '../../service-parts';
import type { Entitlement, Grantee } from '../domain/feature';
import { presentMsFor } from '../use-cases/grant';
import { entitlementToProto } from './entitlement-messages';

/** Tells of an entitlement, in the transaction that grants it or gives it another end. */
export async function tellEntitlement(
  parts: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  type: 'entitlement.granted' | 'entitlement.ended',
  entitlement: Entitlement,
): Promise<void> {
  const { grantee, id: objectId, endMs } = entitlement;
  const owner = await ownerOf(parts, session, organisationId, grantee);
  const occurMs = await presentMsFor(parts, session, organisationId, grantee);
  const message = objectChanged({
    ...{ type, organisationId, objectId, occurMs, createMs: parts.clocks.realMs(), ...owner },
    // An end is only ever brought forward.
    ...(type === 'entitlement.ended' ? { occasion: `${endMs}` } : {}),
    schema: EntitlementSchema,
    object: entitlementToProto(entitlement),
  });
  await addToOutbox(parts.mongo.db, session, message);
}

/** Whose it is; what a plan grants is nobody's. */
async function ownerOf(
  { accounts, subscriptions }: ServiceParts,
  session: ClientSession,
  organisationId: OrganisationId,
  grantee: Grantee,
): Promise<{ readonly accountId?: AccountId; readonly isTest: boolean }> {
  switch (grantee.kind) {
    case 'plan':
      return { isTest: false };
    case 'subscription': {
      const found = await subscriptions.find(organisationId, grantee.subscriptionId, session);
      return { ...(found && { accountId: found.accountId }), isTest: found?.accountClock ?? false };
    }
    case 'account': {
      const { accountId } = grantee;
      const account = await accounts.find(organisationId, accountId, session);
      return { accountId, isTest: account?.isTest ?? false };
    }
  }
}

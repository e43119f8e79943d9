import type { AccountId, OrganisationId } from '@billingrails/ids';
import { dateOf, msOf, type IndexSpec } from '@billingrails/mongo';
import type { ClientSession, Db } from 'mongodb';
import { ownedKey, type OwnedKey } from '../../store/owned-key';
import { partyFromDoc, partyToDoc, type PartyDoc } from '../../totals/store/assessment-doc';
import type { AccountTaxDetails, TaxExemption } from '../domain/account-tax-details';

interface DetailsDoc extends Omit<PartyDoc, 'name'> {
  _id: OwnedKey<AccountId>;
  exemption?: { kind: TaxExemption['kind']; note: string; endTime?: Date };
}

/** The collection `account_tax_details`: by organisation and account. */
export interface AccountTaxDetailsStore {
  /** Those of which something was said, by account. */
  findMany(
    organisationId: OrganisationId,
    accountIds: readonly AccountId[],
    session?: ClientSession,
  ): Promise<Map<AccountId, AccountTaxDetails>>;
  replace(
    organisationId: OrganisationId,
    accountId: AccountId,
    details: AccountTaxDetails,
    session: ClientSession,
  ): Promise<void>;
}

const DETAILS = 'account_tax_details';

/** Found by `_id` only. */
export const ACCOUNT_TAX_DETAILS_INDEXES = [
  { collection: DETAILS },
] as const satisfies readonly IndexSpec[];

/** Opens the details. */
export function accountTaxDetailsStore(db: Db): AccountTaxDetailsStore {
  const collection = db.collection<DetailsDoc>(DETAILS);
  return {
    async findMany(organisationId, accountIds, session) {
      const keys = [...new Set(accountIds)].map((id) => ownedKey(organisationId, id));
      const options = session === undefined ? {} : { session };
      const docs = await collection.find({ _id: { $in: keys } }, options).toArray();
      return new Map(docs.map((doc) => [doc._id.id, fromDoc(doc)]));
    },
    async replace(organisationId, accountId, details, session) {
      const _id = ownedKey(organisationId, accountId);
      await collection.replaceOne({ _id }, toDoc(details), { upsert: true, session });
    },
  };
}

function toDoc({ exemption, ...party }: AccountTaxDetails): Omit<DetailsDoc, '_id'> {
  const { name: _name, ...where } = partyToDoc({ name: '', ...party });
  if (exemption === undefined) return where;
  const { endMs, ...rest } = exemption;
  const end = endMs === undefined ? {} : { endTime: dateOf(endMs) };
  return { ...where, exemption: { ...rest, ...end } };
}

function fromDoc({ _id, exemption, ...where }: DetailsDoc): AccountTaxDetails {
  const { name: _name, ...party } = partyFromDoc({ name: '', ...where });
  if (exemption === undefined) return party;
  const { endTime, ...rest } = exemption;
  return { ...party, exemption: { ...rest, ...(endTime && { endMs: msOf(endTime) }) } };
}

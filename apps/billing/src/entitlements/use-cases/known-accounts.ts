import { notFound } from '@billingrails/errors';
import type { AccountId, CreditUnitId, FeatureId, OrganisationId } from '@billingrails/ids';
import type { AccessStop } from '../../accounts/domain/account';
import type { CreditUnit } from '../../credits/domain/credit-unit';
import type { Stores } from '../../store/stores';
import type { Subscription } from '../../subscriptions/domain/subscription';
import { planIdsOf } from '../../subscriptions/store/subscription-doc';
import { Gatherer } from '../../usage/gatherer';
import type { Entitlement, Feature } from '../domain/feature';
import type { AccessOf } from '../store/access-versions';

/** All that decides what an account may use, beside usage and what is reserved. */
export interface KnownAccount {
  readonly organisationId: OrganisationId;
  readonly accountId: AccountId;
  /** Whether it has a clock of its own, as it was created with it; deleted and made again, it has another version. */
  readonly isTest: boolean;
  /** Oldest first. */
  readonly subscriptions: readonly Subscription[];
  /** What is granted to it, to its subscriptions and to every plan that these ever have, oldest first. */
  readonly entitlements: readonly Entitlement[];
  /** The units of credits that any of these needs. A unit never changes. */
  readonly creditUnits: ReadonlyMap<CreditUnitId, CreditUnit>;
  /** Of which features there ever were reservations. */
  readonly reserved: ReadonlySet<FeatureId>;
  /** Budgets that were reached. Unset: none. */
  readonly accessStops?: readonly AccessStop[];
}

interface Kept {
  readonly version: string;
  readonly known: KnownAccount;
}

/** Some kilobytes each. What is asked for again stays. */
const ACCOUNTS_MAX = 20_000;
const FEATURES_MAX = 20_000;
const TOGETHER_MAX = 500;

type Parts = Pick<
  Stores,
  | 'accessVersions'
  | 'accounts'
  | 'creditUnits'
  | 'subscriptions'
  | 'entitlements'
  | 'features'
  | 'holds'
>;

/**
 * Keeps what is known of accounts, by its version: so that who asks needs one small read, which those who ask at the
 * same time share. Nothing is ever answered from what was out of date when it was asked.
 */
export class KnownAccounts {
  readonly #accounts = new Recent<Kept>(ACCOUNTS_MAX);
  /** A feature never changes. */
  readonly #features = new Recent<Feature>(FEATURES_MAX);
  readonly #versions: Gatherer<AccessOf, string>;

  constructor(private readonly parts: Parts) {
    this.#versions = new Gatherer({
      sizeMax: TOGETHER_MAX,
      fits: () => true,
      run: (accounts) => parts.accessVersions.read(accounts),
    });
  }

  /**
   * What `use` makes of the account as it is at some moment of the call. It may be called a second time, where the
   * account has changed: it must change nothing. Throws `not_found` where there is no such account.
   */
  async use<T>(
    organisationId: OrganisationId,
    accountId: string,
    use: (known: KnownAccount) => Promise<T>,
  ): Promise<T> {
    const name = nameOf(organisationId, accountId);
    const reading = this.#versions.do('', { organisationId, accountId });
    const kept = this.#accounts.get(name);
    if (kept !== undefined) {
      // At once, as nearly always it is as it was.
      const [version, used] = await Promise.all([reading, outcomeOf(use(kept.known))]);
      if (version === kept.version) return used();
    }
    // Read before the account is, so that what changes meanwhile is read again the next time.
    const version = await reading;
    const known = await this.#read(organisationId, accountId);
    this.#accounts.keep(name, { version, known });
    return use(known);
  }

  /** The features of these codes, in their order. Throws `not_found` for one that does not exist. */
  async features(organisationId: OrganisationId, codes: readonly string[]): Promise<Feature[]> {
    const found = new Map<string, Feature>();
    const missing: string[] = [];
    for (const code of new Set(codes)) {
      const kept = this.#features.get(nameOf(organisationId, code));
      if (kept === undefined) missing.push(code);
      else found.set(code, kept);
    }
    if (missing.length > 0) {
      for (const feature of await this.parts.features.findByCodes(organisationId, missing)) {
        this.#features.keep(nameOf(organisationId, feature.code), feature);
        found.set(feature.code, feature);
      }
    }
    return codes.map((code) => {
      const feature = found.get(code);
      if (feature !== undefined) return feature;
      throw notFound('FEATURE_NOT_FOUND', `There is no feature of the code "${code}".`);
    });
  }

  async #read(organisationId: OrganisationId, id: string): Promise<KnownAccount> {
    const { accounts, creditUnits, entitlements, holds } = this.parts;
    const [account, subscriptions, reserved] = await Promise.all([
      accounts.find(organisationId, id),
      this.parts.subscriptions.ofAccount(organisationId, id as AccountId),
      holds.reservedFeatures(organisationId, id as AccountId),
    ]);
    if (account === undefined)
      throw notFound('ACCOUNT_NOT_FOUND', 'There is no account of that id.');
    const grantees = subscriptions.flatMap((each) => [each.id, ...planIdsOf(each)]);
    const granted = await entitlements.findGrants(organisationId, undefined, [
      ...new Set([account.id, ...grantees]),
    ]);
    const unitIds = granted.flatMap(({ creditUnitId }) => creditUnitId ?? []);
    const units =
      unitIds.length === 0 ? new Map() : await creditUnits.findMany(organisationId, unitIds);
    return {
      ...{ organisationId, accountId: account.id, subscriptions, entitlements: granted, reserved },
      creditUnits: units as ReadonlyMap<CreditUnitId, CreditUnit>,
      isTest: account.isTest ?? false,
      ...(account.accessStops && { accessStops: account.accessStops }),
    };
  }
}

/** What came of something, to be taken or thrown later. */
async function outcomeOf<T>(work: Promise<T>): Promise<() => T> {
  try {
    const value = await work;
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** Keeps what was wanted last. */
class Recent<T> {
  readonly #items = new Map<string, T>();

  constructor(private readonly sizeMax: number) {}

  get(name: string): T | undefined {
    const item = this.#items.get(name);
    if (item !== undefined) this.keep(name, item);
    return item;
  }

  keep(name: string, item: T): void {
    this.#items.delete(name);
    this.#items.set(name, item);
    const [first] = this.#items.keys();
    if (this.#items.size > this.sizeMax && first !== undefined) this.#items.delete(first);
  }
}

function nameOf(organisationId: OrganisationId, id: string): string {
  return `${organisationId}/${id}`;
}

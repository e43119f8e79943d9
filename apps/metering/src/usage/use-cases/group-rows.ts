import type { AccountId } from '@billingrails/ids';
import type { Group } from '../../domain/group';
import { compareUtf8 } from '../../domain/utf8-order';
import type { UsagePlan } from '../domain/usage-plan';
import { UsageTable, type UsageRow } from '../domain/usage-table';
import type { UsageReader } from './usage-reader';

/** Some groups of an account. */
export interface GroupsPart {
  /** The rows of each group. */
  readonly shown: readonly (readonly UsageRow[])[];
  /** The last group that is done; undefined when there are no more. */
  readonly last: Group | undefined;
}

/**
 * The rows of an account's groups, some groups at a time in the order of their bytes, so that there may be any number.
 */
export class GroupRows {
  private constructor(
    private readonly plan: UsagePlan,
    private readonly reader: UsageReader,
    private readonly accountId: AccountId,
    private readonly table: UsageTable,
  ) {}

  /** Reads what is in events, once; what is in buckets is read with the groups. */
  static async of(plan: UsagePlan, reader: UsageReader, accountId: AccountId): Promise<GroupRows> {
    const table = new UsageTable(plan, true);
    for (const version of plan.versions) await reader.fillFromEvents(table, version, [accountId]);
    return new GroupRows(plan, reader, accountId, table);
  }

  /**
   * The rows of the first groups after `after`, which must not be before what was given already. Undefined: from the
   * first. At most `limit` groups, but those of other group_by paths that read alike come together.
   */
  async next(after: Group | undefined, limit: number): Promise<GroupsPart> {
    const { plan, reader, accountId, table } = this;
    const names = await this.#namesAfter(after, limit + 1);
    const upTo = names.slice(0, limit).at(-1);
    if (upTo === undefined) return { shown: [], last: undefined };
    for (const version of plan.versions) {
      await reader.fillFromBuckets(table, version, [accountId], { after, upTo });
    }
    const shown: UsageRow[][] = [];
    for (const named of table.groupsOf(accountId)) {
      if (compareUtf8(named.group, upTo) > 0) break;
      if (isAfter(named.group, after)) shown.push(table.rowsOf(accountId, named));
      table.forget(accountId, named);
    }
    return { shown, last: names.length > limit ? upTo : undefined };
  }

  async #namesAfter(after: Group | undefined, limit: number): Promise<Group[]> {
    const inEvents = this.table.groupsOf(this.accountId).map(({ group }) => group);
    const names = new Set(inEvents.filter((group) => isAfter(group, after)).slice(0, limit));
    for (const version of this.plan.versions) {
      const from = { accountId: this.accountId, after, limit };
      const inBuckets = await this.reader.groupsInBuckets(version, from);
      for (const group of inBuckets) names.add(group);
    }
    return [...names].sort(compareUtf8).slice(0, limit);
  }
}

function isAfter(group: Group, after: Group | undefined): boolean {
  return after === undefined || compareUtf8(group, after) > 0;
}

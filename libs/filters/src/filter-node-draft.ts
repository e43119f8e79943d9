import type { Violation } from '@billingrails/errors';
import { readFilter, type FilterDraft } from './filter-draft';
import type { FilterNode } from './filter-node';

/** A tree as a caller gives it; what is none of the four forms was left empty. */
export type FilterNodeDraft =
  | { readonly all: readonly FilterNodeDraft[] }
  | { readonly any: readonly FilterNodeDraft[] }
  | { readonly negated: FilterNodeDraft }
  | { readonly condition: FilterDraft }
  | Readonly<Record<string, never>>;

const LEVELS_MAX = 8;
const CONDITIONS_MAX = 128;

/**
 * The valid form of a tree, or every reason why it is none, by field below `field`. Of a tree with too many conditions
 * only that is said.
 */
export function readFilterNode(draft: FilterNodeDraft, field: string): FilterNode | Violation[] {
  if (leafCount(draft, 1) > CONDITIONS_MAX) {
    return [{ field, description: `must hold at most ${CONDITIONS_MAX} conditions in all` }];
  }
  const violations: Violation[] = [];
  const node = readNode(draft, field, 1, violations);
  return node === undefined || violations.length > 0 ? violations : node;
}

/** Adds what is wrong; the answer counts only when nothing is. */
function readNode(
  draft: FilterNodeDraft,
  field: string,
  level: number,
  violations: Violation[],
): FilterNode | undefined {
  if (level > LEVELS_MAX) {
    violations.push({ field, description: `is nested deeper than ${LEVELS_MAX} levels` });
    return undefined;
  }
  const readGroup = (members: readonly FilterNodeDraft[], at: string) => {
    if (members.length === 0) violations.push({ field: at, description: 'must not be empty' });
    return members
      .map((member, index) => readNode(member, `${at}[${index}]`, level + 1, violations))
      .filter((node) => node !== undefined);
  };
  if ('all' in draft) return { all: readGroup(draft.all, `${field}.all.filters`) };
  if ('any' in draft) return { any: readGroup(draft.any, `${field}.any.filters`) };
  if ('negated' in draft) {
    const negated = readNode(draft.negated, `${field}.negated`, level + 1, violations);
    return negated && { negated };
  }
  if ('condition' in draft) {
    const condition = readFilter(draft.condition, `${field}.condition`);
    if (!Array.isArray(condition)) return condition;
    violations.push(...condition);
  } else {
    violations.push({ field, description: 'must be one of all, any, negated and condition' });
  }
  return undefined;
}

/** How many ends a tree has, conditions or not, as far down as a tree may reach. */
function leafCount(draft: FilterNodeDraft, level: number): number {
  if (level > LEVELS_MAX) return 1;
  if ('negated' in draft) return leafCount(draft.negated, level + 1);
  const members = 'all' in draft ? draft.all : 'any' in draft ? draft.any : [];
  return members.reduce((count, member) => count + leafCount(member, level + 1), 0) || 1;
}

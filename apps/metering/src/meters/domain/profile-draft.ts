import {
  conditionsOf,
  FILTER_TEXT_LENGTH_MAX,
  parsePath,
  pathProblem,
  readFilter,
  readFilterNode,
  type Filter,
  type FilterDraft,
  type FilterNodeDraft,
} from '@billingrails/filters';
import type { Violation } from '@billingrails/errors';
import type { AggregationMethod } from '../../domain/aggregation';
import type { AggregationTimeWindow, Profile } from './profile';

/** A profile as a caller gives it. */
export interface ProfileDraft {
  readonly code: string;
  readonly name: string;
  readonly method: AggregationMethod;
  readonly property: string;
  readonly filters: readonly FilterDraft[];
  readonly filter: FilterNodeDraft | undefined;
  readonly recurring: boolean;
  readonly timeWindow: AggregationTimeWindow;
  /** At most three paths. */
  readonly groupBy: readonly string[];
}

/** A draft that was found valid: a profile but for what the server gives it. */
export type ValidProfile = Omit<
  Profile,
  'id' | 'number' | 'version' | 'effectiveFromMs' | 'createTimeMs'
>;

const GROUP_BY_MAX = 3;
/** What of these came before a window can be carried into it. */
const RECURRING_METHODS: readonly AggregationMethod[] = [
  'latest',
  'max',
  'count_unique',
  'time_weighted_sum',
];

/** The valid form of a draft, or everything that is wrong with it, by field below `field`. */
export function readProfile(draft: ProfileDraft, field: string): ValidProfile | Violation[] {
  const filters: Filter[] = [];
  const violations: Violation[] = [
    ...propertyViolations(draft, `${field}.aggregation_property`),
    ...recurringViolations(draft, `${field}.recurring`),
    ...groupViolations(draft, `${field}.group_by`),
  ];
  for (const [index, filterDraft] of draft.filters.entries()) {
    const filter = readFilter(filterDraft, `${field}.filters[${index}]`);
    if (Array.isArray(filter)) violations.push(...filter);
    else filters.push(filter);
  }
  const filter = draft.filter && readFilterNode(draft.filter, `${field}.filter`);
  if (Array.isArray(filter)) return [...violations, ...filter];
  const { code, name, method, property, recurring, timeWindow, groupBy } = draft;
  const profile = { code, name, method, property, filters, filter, recurring, timeWindow, groupBy };
  if (textLengthOf([profile]) > FILTER_TEXT_LENGTH_MAX) {
    const description = `must hold at most ${FILTER_TEXT_LENGTH_MAX} characters of text in all`;
    violations.push({ field: `${field}.filters`, description });
  }
  return violations.length > 0 ? violations : profile;
}

/** Reads all profiles of a new meter, and finds codes that come twice. */
export function readProfiles(
  drafts: readonly ProfileDraft[],
  field: string,
): ValidProfile[] | Violation[] {
  const profiles: ValidProfile[] = [];
  const violations: Violation[] = [];
  const codes = new Set<string>();
  for (const [index, draft] of drafts.entries()) {
    const profile = readProfile(draft, `${field}[${index}]`);
    if (Array.isArray(profile)) violations.push(...profile);
    else profiles.push(profile);
    if (codes.has(draft.code)) {
      violations.push({ field: `${field}[${index}].code`, description: 'comes twice' });
    }
    codes.add(draft.code);
  }
  return violations.length > 0 ? violations : profiles;
}

/** How many characters all that profiles' filters name and compare with has as text. */
export function textLengthOf(profiles: readonly Pick<Profile, 'filters' | 'filter'>[]): number {
  const conditions = profiles.flatMap(({ filters, filter }) => [
    ...filters,
    ...(filter === undefined ? [] : conditionsOf(filter)),
  ]);
  return conditions
    .flatMap(({ property, values }) => [...property, ...values.map(String)])
    .reduce((length, text) => length + text.length, 0);
}

function propertyViolations({ method, property }: ProfileDraft, field: string): Violation[] {
  if (method === 'count') {
    return property === '' ? [] : [{ field, description: 'must be empty for COUNT' }];
  }
  const problem = pathProblem(parsePath(property));
  return problem === undefined ? [] : [{ field, description: problem }];
}

function recurringViolations({ recurring, method }: ProfileDraft, field: string): Violation[] {
  if (!recurring || RECURRING_METHODS.includes(method)) return [];
  const methods = RECURRING_METHODS.map((each) => each.toUpperCase()).join(', ');
  return [{ field, description: `must be false, but for ${methods}` }];
}

function groupViolations({ groupBy }: ProfileDraft, field: string): Violation[] {
  if (groupBy.length > GROUP_BY_MAX) {
    return [{ field, description: `must have at most ${GROUP_BY_MAX} paths` }];
  }
  const paths = groupBy.map(parsePath);
  const written = paths.map((path) => JSON.stringify(path));
  return paths.flatMap((path, index) => {
    const isRepeated = written.indexOf(JSON.stringify(path)) < index;
    const problem = pathProblem(path) ?? (isRepeated ? 'comes twice' : undefined);
    return problem === undefined ? [] : [{ field: `${field}[${index}]`, description: problem }];
  });
}

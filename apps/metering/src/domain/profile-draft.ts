import type { Violation } from '@billingrails/errors';
import {
  type Filter,
  FILTER_TEXT_LENGTH_MAX,
  type FilterDraft,
  parsePath,
  pathProblem,
  readFilter,
} from '@billingrails/filters';
import type { AggregationMethod } from './aggregation';
import type { Profile } from './profile';

/** A profile as a caller gives it. */
export interface ProfileDraft {
  readonly code: string;
  readonly name: string;
  readonly method: AggregationMethod;
  readonly property: string;
  readonly filters: readonly FilterDraft[];
}

/** A draft that was found valid: a profile but for what the server gives it. */
export type ValidProfile = Omit<Profile, 'id' | 'number' | 'createTimeMs'>;

/** The valid form of a draft, or everything that is wrong with it, by field below `field`. */
export function readProfile(draft: ProfileDraft, field: string): ValidProfile | Violation[] {
  const filters: Filter[] = [];
  const violations: Violation[] = propertyViolations(draft, field);
  for (const [index, filterDraft] of draft.filters.entries()) {
    const filter = readFilter(filterDraft, `${field}.filters[${index}]`);
    if (Array.isArray(filter)) violations.push(...filter);
    else filters.push(filter);
  }
  if (textLengthOf(filters) > FILTER_TEXT_LENGTH_MAX) {
    const description = `must hold at most ${FILTER_TEXT_LENGTH_MAX} characters of text in all`;
    violations.push({ field: `${field}.filters`, description });
  }
  if (violations.length > 0) return violations;
  const { code, name, method, property } = draft;
  return { code, name, method, property, filters };
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

function propertyViolations({ method, property }: ProfileDraft, field: string): Violation[] {
  const at = `${field}.aggregation_property`;
  if (method === 'count') {
    return property === '' ? [] : [{ field: at, description: 'must be empty for COUNT' }];
  }
  const problem = pathProblem(parsePath(property));
  return problem === undefined ? [] : [{ field: at, description: problem }];
}

function textLengthOf(filters: readonly Filter[]): number {
  const texts = filters.flatMap(({ property, values }) => [...property, ...values.map(String)]);
  return texts.reduce((length, text) => length + text.length, 0);
}

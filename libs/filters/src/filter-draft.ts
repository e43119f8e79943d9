import type { Violation } from '@billingrails/errors';
import { FILTER_OPERATORS, type Filter, type FilterOperator, type Scalar } from './filter';
import { isList, type JsonValue } from './json';
import { parsePath, pathProblem, type PropertyPath } from './property-path';
import { readQuantity } from './quantity';

/** A filter as a caller gives it: the property as a path or a list of keys, the value single, listed or left out. */
export interface FilterDraft {
  readonly property: JsonValue | undefined;
  readonly operator: string;
  readonly value: JsonValue | undefined;
}

const FILTER_VALUES_MAX = 1000;
/** All strings a profile's filters compare with, together: keeps a meter far below the 16 MiB of a document. */
export const FILTER_TEXT_LENGTH_MAX = 65_536;

/** The filter in list form, or every reason why it is none, by field below `field`. */
export function readFilter(draft: FilterDraft, field: string): Filter | Violation[] {
  const property = readProperty(draft.property);
  const operator = FILTER_OPERATORS.find((known) => known === draft.operator);
  const values = readValues(draft.value);
  const problems = [
    problem(`${field}.property`, typeof property === 'string' ? property : pathProblem(property)),
    problem(`${field}.operator`, operator ? undefined : 'is not an operator'),
    problem(`${field}.value`, valuesProblem(operator, values)),
  ].flat();
  if (
    problems.length > 0 ||
    !operator ||
    typeof property === 'string' ||
    typeof values === 'string'
  ) {
    return problems;
  }
  return { property, operator, values };
}

function problem(field: string, description: string | undefined): Violation[] {
  return description === undefined ? [] : [{ field, description }];
}

function readProperty(property: JsonValue | undefined): PropertyPath | string {
  if (typeof property === 'string') return parsePath(property);
  if (isList(property) && property.every((key) => typeof key === 'string')) return property;
  return 'must be a string or a list of strings';
}

function readValues(value: JsonValue | undefined): readonly Scalar[] | string {
  if (value === undefined || value === null) return [];
  const values = isList(value) ? value : [value];
  return values.every(isScalar)
    ? values
    : 'must be a string, a number, a boolean, or a list of these';
}

function isScalar(value: JsonValue): value is Scalar {
  return ['string', 'number', 'boolean'].includes(typeof value);
}

function valuesProblem(
  operator: FilterOperator | undefined,
  values: readonly Scalar[] | string,
): string | undefined {
  if (typeof values === 'string' || operator === undefined) {
    return typeof values === 'string' ? values : undefined;
  }
  if (values.some((value) => typeof value === 'number' && !isQuantity(value))) {
    return 'must hold numbers of at most 20 integer and 18 fraction digits';
  }
  return countProblem(operator, values.length) ?? typeProblem(operator, values);
}

function countProblem(operator: FilterOperator, count: number): string | undefined {
  switch (operator) {
    case 'exists':
    case 'not_exists':
      return count === 0 ? undefined : `must be empty for ${operator}`;
    case 'between':
      return count === 2 ? undefined : 'must hold two values, the least and the greatest';
    case 'in':
    case 'not_in':
      if (count > FILTER_VALUES_MAX) return `must hold at most ${FILTER_VALUES_MAX} values`;
      return count > 0 ? undefined : 'must hold at least one value';
    default:
      return count === 1 ? undefined : `must hold one value for ${operator}`;
  }
}

function typeProblem(operator: FilterOperator, values: readonly Scalar[]): string | undefined {
  switch (operator) {
    case 'gt':
    case 'gte':
    case 'lt':
    case 'lte':
      return values.every(isQuantity) ? undefined : `must hold a number for ${operator}`;
    case 'between':
      return betweenProblem(values);
    case 'starts_with':
    case 'ends_with':
      return typeof values[0] === 'string' ? undefined : `must be a string for ${operator}`;
    default:
      return undefined;
  }
}

function betweenProblem(values: readonly Scalar[]): string | undefined {
  const [least, greatest] = values.map(readQuantity);
  if (typeof least !== 'bigint' || typeof greatest !== 'bigint') return 'must hold two numbers';
  return least <= greatest ? undefined : 'must hold the lesser number first';
}

function isQuantity(value: Scalar): boolean {
  return typeof readQuantity(value) === 'bigint';
}

export { readDistinctValue, type DistinctValueProblem } from './distinct-value';
export {
  compileFilters,
  type Filter,
  type FilterOperator,
  type PropertiesTest,
  type Scalar,
} from './filter';
export { FILTER_TEXT_LENGTH_MAX, readFilter, type FilterDraft } from './filter-draft';
export { isObject, sameJson, type JsonObject, type JsonValue } from './json';
export { parsePath, pathProblem, readPath, type PropertyPath } from './property-path';
export {
  quantityText,
  readQuantity,
  UNITS_PER_ONE,
  type Quantity,
  type QuantityProblem,
} from './quantity';

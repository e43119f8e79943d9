import { compileFilter, type Filter, type PropertiesTest } from './filter';

/** Conditions joined by and, or and not; as stored, so valid. A group holds at least one. See docs/filters.md. */
export type FilterNode =
  | { readonly all: readonly FilterNode[] }
  | { readonly any: readonly FilterNode[] }
  | { readonly negated: FilterNode }
  | Filter;

/** Makes a tree one test. Done once, for all events. A group without members passes what `every` and `some` pass. */
export function compileFilterNode(node: FilterNode): PropertiesTest {
  if ('all' in node) {
    const tests = node.all.map(compileFilterNode);
    return (properties) => tests.every((passes) => passes(properties));
  }
  if ('any' in node) {
    const tests = node.any.map(compileFilterNode);
    return (properties) => tests.some((passes) => passes(properties));
  }
  if ('negated' in node) {
    const passes = compileFilterNode(node.negated);
    return (properties) => !passes(properties);
  }
  return compileFilter(node);
}

/** All conditions of a tree, as they are written. */
export function conditionsOf(node: FilterNode): readonly Filter[] {
  if ('all' in node) return node.all.flatMap(conditionsOf);
  if ('any' in node) return node.any.flatMap(conditionsOf);
  return 'negated' in node ? conditionsOf(node.negated) : [node];
}

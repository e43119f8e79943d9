import { readFilterNode, type FilterNodeDraft } from './filter-node-draft';

const usa: FilterNodeDraft = { condition: { property: 'country', operator: 'eq', value: 'USA' } };
const wrong: FilterNodeDraft = { condition: { property: 'a', operator: 'gt', value: 'x' } };
const stored = { property: ['country'], operator: 'eq', values: ['USA'] };

/** Wraps a tree in levels that pass the same. */
function nested(node: FilterNodeDraft, levels: number): FilterNodeDraft {
  return levels === 0 ? node : { all: [nested(node, levels - 1)] };
}

function faults(draft: FilterNodeDraft): string[] {
  const read = readFilterNode(draft, 'f');
  return Array.isArray(read)
    ? read.map(({ field, description }) => `${field}: ${description}`)
    : [];
}

test('a tree is stored as it was given, its conditions in list form', () => {
  const read = readFilterNode({ any: [{ negated: usa }, { all: [usa, usa] }] }, 'f');
  expect(read).toEqual({ any: [{ negated: stored }, { all: [stored, stored] }] });
});

test('whatever is wrong in a tree is named by its path', () => {
  const draft = {
    all: [usa, { any: [usa, { negated: wrong }] }, {}, { all: [] }, { negated: { any: [] } }],
  };
  expect(faults(draft)).toEqual([
    'f.all.filters[1].any.filters[1].negated.condition.value: must hold a number for gt',
    'f.all.filters[2]: must be one of all, any, negated and condition',
    'f.all.filters[3].all.filters: must not be empty',
    'f.all.filters[4].negated.any.filters: must not be empty',
  ]);
});

test('a tree has at most 8 levels', () => {
  expect(faults(nested(usa, 7))).toEqual([]);
  const path = 'f' + '.all.filters[0]'.repeat(8);
  expect(faults(nested(usa, 8))).toEqual([`${path}: is nested deeper than 8 levels`]);
  expect(faults(nested(usa, 2000))).toEqual([`${path}: is nested deeper than 8 levels`]);
});

test('a tree has at most 128 conditions in all', () => {
  const members = (count: number) => Array.from({ length: count }, () => usa);
  const tree = (count: number) => ({
    any: [{ all: members(64) }, { negated: { any: members(count) } }],
  });
  expect(faults(tree(64))).toEqual([]);
  expect(faults(tree(65))).toEqual(['f: must hold at most 128 conditions in all']);
});

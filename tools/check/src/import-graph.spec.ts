import { resolve } from 'node:path';
import { importCircles, importGraph, upwardImports } from './import-graph';

const graph = importGraph(resolve(__dirname, '../../..'), ['apps', 'libs', 'tools']);

test('no files import each other, directly or over others', () => {
  expect(graph.size).toBeGreaterThan(500);
  expect(importCircles(graph)).toEqual([]);
});

test('no layer of a service imports one above it: domain, contract, store, use-cases, then rpc', () => {
  expect(upwardImports(graph)).toEqual([]);
});

test('what only tests use lies in folders named testing', () => {
  const others = [...graph.keys()].filter((file) => /\/src\/(.*\/)?tests?(-[a-z]+)?\//.test(file));
  expect(others).toEqual([]);
});

test('circles of any length are found, and what only leads to one is not part of it', () => {
  const found = importCircles(
    new Map([
      ['a', ['b', 'z']],
      ['b', ['c']],
      ['c', ['d', 'b']],
      ['d', ['b', 'z']],
      ['e', ['f', 'z']],
      ['f', ['e']],
      ['z', []],
    ]),
  );
  expect(found).toEqual([
    ['b', 'c', 'd'],
    ['e', 'f'],
  ]);
});

test('an import from a layer above is found, from a test it is allowed', () => {
  const [domain, store] = ['apps/a/src/b/domain/c', 'apps/a/src/d/store/e.ts'];
  const layers = new Map([
    [`${domain}.ts`, [store, 'apps/a/src/b/domain/f.ts']],
    [`${domain}.spec.ts`, [store]],
    [store, [`${domain}.ts`]],
  ]);
  expect(upwardImports(layers)).toEqual([`${domain}.ts → ${store}`]);
});

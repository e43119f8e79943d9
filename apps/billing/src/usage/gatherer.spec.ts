import { setImmediate as turn } from 'node:timers/promises';
import { waitFor } from '@billingrails/testing';
import { Gatherer, type Gathering } from './gatherer';

/** Groups that are done when the test says so. */
function startGatherer(more: Partial<Gathering<string, string>> = {}) {
  const groups: { readonly tasks: readonly string[]; readonly end: () => void }[] = [];
  const gatherer = new Gatherer<string, string>({
    sizeMax: 3,
    fits: () => true,
    run: (tasks) =>
      new Promise((resolve) => {
        groups.push({ tasks, end: () => resolve(tasks.map((task) => task.toUpperCase())) });
      }),
    ...more,
  });
  const begun = (count: number) =>
    waitFor(async () => groups.length === count, { what: `${count} groups`, intervalMs: 1 });
  return { gatherer, groups, begun };
}

test('those who come in the same turn go together, and who comes later goes with the next', async () => {
  const { gatherer, groups, begun } = startGatherer();
  const first = [gatherer.do('k', 'a'), gatherer.do('k', 'b')];
  await begun(1);
  const later = [gatherer.do('k', 'c'), gatherer.do('k', 'd')];
  await turn();
  expect(groups.map(({ tasks }) => tasks)).toEqual([['a', 'b']]);
  groups[0]?.end();
  expect(await Promise.all(first)).toEqual(['A', 'B']);
  await begun(2);
  groups[1]?.end();
  expect(await Promise.all(later)).toEqual(['C', 'D']);
});

test('a group has as many as are allowed, and the rest goes after it', async () => {
  const { gatherer, groups, begun } = startGatherer();
  const all = ['a', 'b', 'c', 'd'].map((task) => gatherer.do('k', task));
  await begun(1);
  groups[0]?.end();
  await begun(2);
  groups[1]?.end();
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C', 'D']);
  expect(groups.map(({ tasks }) => tasks)).toEqual([['a', 'b', 'c'], ['d']]);
});

test('one that does not fit those before it goes with the next group', async () => {
  const fits = (task: string, before: readonly string[]) => !before.includes(task);
  const { gatherer, groups, begun } = startGatherer({ fits });
  const all = ['a', 'a', 'b'].map((task) => gatherer.do('k', task));
  await begun(1);
  groups[0]?.end();
  await begun(2);
  groups[1]?.end();
  await Promise.all(all);
  expect(groups.map(({ tasks }) => tasks)).toEqual([['a'], ['a', 'b']]);
});

test('other keys do not wait', async () => {
  const { gatherer, groups, begun } = startGatherer();
  const all = [gatherer.do('k', 'a'), gatherer.do('l', 'b')];
  await begun(2);
  for (const { end } of groups) end();
  expect(await Promise.all(all)).toEqual(['A', 'B']);
});

test('a group that takes long does not hold up the next, up to as many as are allowed', async () => {
  const slow = { afterMs: 5, groupsMax: 2 };
  const { gatherer, groups, begun } = startGatherer({ slow });
  const all = [gatherer.do('k', 'a')];
  await begun(1);
  all.push(gatherer.do('k', 'b'));
  await begun(2);
  all.push(gatherer.do('k', 'c'));
  await turn();
  expect(groups.map(({ tasks }) => tasks)).toEqual([['a'], ['b']]);
  groups[1]?.end();
  await begun(3);
  for (const { end } of groups) end();
  expect(await Promise.all(all)).toEqual(['A', 'B', 'C']);
});

test('what fails is told to those whose it is', async () => {
  const { gatherer } = startGatherer({
    run: async (tasks) => tasks.map((task) => (task === 'b' ? new Error('no b') : task)),
  });
  const all = await Promise.allSettled(['a', 'b'].map((task) => gatherer.do('k', task)));
  expect(all).toEqual([
    { status: 'fulfilled', value: 'a' },
    { status: 'rejected', reason: new Error('no b') },
  ]);
  const failing = startGatherer({ run: () => Promise.reject(new Error('away')) });
  const lost = await Promise.allSettled(['a', 'b'].map((task) => failing.gatherer.do('k', task)));
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
});

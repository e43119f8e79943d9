import type * as Module from './how-many';

const usual = process.env['CHAOS'];
afterEach(() => {
  if (usual === undefined) delete process.env['CHAOS'];
  else process.env['CHAOS'] = usual;
});

test.each([
  ['npm test', '', 2],
  ['npm run chaos', 'true', 10],
])('in %s an amount of work is its own', async (_command, chaos, expected) => {
  process.env['CHAOS'] = chaos;
  await jest.isolateModulesAsync(async () => {
    const { howMany } = (await import('./how-many')) as typeof Module;
    expect(howMany(2, 10)).toBe(expected);
  });
});

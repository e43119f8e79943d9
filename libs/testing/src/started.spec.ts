import { Started } from './started';

test('what was started stops by itself or with the others, once', async () => {
  const stopped: string[] = [];
  const all = new Started<{ name: string; stop(): Promise<void> }>();
  const start = (name: string) => all.add({ name, stop: async () => void stopped.push(name) });
  const [first] = ['a', 'b', 'c'].map(start);
  expect(first?.name).toBe('a');
  await first?.stop();
  await all.stop();
  await all.stop();
  expect(stopped).toEqual(['a', 'b', 'c']);
});

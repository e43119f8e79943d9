import { Bell } from './bell';

/** Whether `work` succeeds or fails within `ms`. It goes on in any case. */
export async function isDoneWithin(work: Promise<unknown>, ms: number): Promise<boolean> {
  const bell = new Bell();
  let isDone = false;
  const done = (): void => {
    isDone = true;
    bell.ring();
  };
  work.then(done, done);
  await bell.wait(ms);
  return isDone;
}

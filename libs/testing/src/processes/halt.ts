import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { waitFor } from '../wait-for';

/**
 * Lets a process hang; the answer lets it go on. The signal alone is not enough: until the system has seen to every
 * thread, the process may still work. Where there is no /proc, the signal is all there is.
 */
export async function halt(pid: number | undefined): Promise<() => void> {
  // Signalling 0 would stop the tests themselves.
  if (pid === undefined) throw new Error('There is no process to halt.');
  process.kill(pid, 'SIGSTOP');
  const goOn = (): void => void process.kill(pid, 'SIGCONT');
  try {
    await waitFor(() => statesOf(pid).every((state) => state === 'T'), {
      what: 'its threads to stop',
    });
  } catch (error) {
    goOn();
    throw error;
  }
  return goOn;
}

/** Of each thread: T where it is stopped, see proc(5). */
function statesOf(pid: number): string[] {
  const tasks = `/proc/${pid}/task`;
  if (!existsSync(tasks)) return [];
  return readdirSync(tasks).map((task) => {
    const stat = readFileSync(`${tasks}/${task}/stat`, 'utf8');
    // The name before it may hold anything.
    return stat.slice(stat.lastIndexOf(')') + 2)[0] ?? '';
  });
}

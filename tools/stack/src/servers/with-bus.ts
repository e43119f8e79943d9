import { connectBus, type Bus } from '@billingrails/bus';
import { createLogger } from '@billingrails/log';

/** Runs `work` on a connection of its own. Throws DomainError unavailable when no server answers. */
export async function withBus<T>(natsUrl: string, work: (bus: Bus) => Promise<T>): Promise<T> {
  // What happens to the connection shows in what becomes of the work.
  const logger = createLogger({ service: 'stack', level: 'silent' });
  const bus = await connectBus({ url: natsUrl, name: 'stack', logger });
  try {
    return await work(bus);
  } finally {
    await bus.close();
  }
}

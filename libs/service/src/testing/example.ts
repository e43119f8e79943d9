import { once } from 'node:events';
import net from 'node:net';
import { integer } from '@billingrails/config';
import { SetupError } from '@billingrails/errors';
import { UsageService } from '@billingrails/contracts/billingrails/metering/v1/usage_service_pb';
import { startRpcServer } from '@billingrails/rpc';
import { z } from 'zod';
import { runService } from '../run-service';
import { serviceSettings } from '../settings';

/** A service that needs a server on a port of this machine. It is run in a process of its own. */
void runService({
  name: 'example',
  schema: z.object({
    ...serviceSettings(0),
    NEEDED_PORT: integer(1, 65_535),
    FAULT: z.enum(['none', 'setup', 'bug']).default('none'),
  }),
  services: [UsageService],

  async connect({ config, logger, open }) {
    await open('a book', async () => ({ close: () => logger.info('the book is closed') }));
    if (config.FAULT === 'setup') throw new SetupError('The book is upside down. Turn it.');
    if (config.FAULT === 'bug') throw new TypeError('no such page');
    return open('the needed server', async () => {
      const socket = net.connect(config.NEEDED_PORT, '127.0.0.1');
      await once(socket, 'connect');
      return {
        close: () => {
          socket.destroy();
          logger.info('the socket is closed');
        },
      };
    });
  },

  async serve({ config, logger }) {
    return startRpcServer({
      name: 'example',
      host: config.HOST,
      port: config.PORT,
      services: [UsageService],
      routes: (router) => router.service(UsageService, {}),
      authenticate: () => {
        throw new Error('nobody is known');
      },
      logger,
    });
  },
});

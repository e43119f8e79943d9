import { fileURLToPath } from 'node:url';
import { publicServices } from '@billingrails/contracts/services';
import { runService } from '@billingrails/service';
import { configSchema } from './config';
import { SERVICE_NAMES, settingOf } from './services';
import { startGateway } from './start-gateway';

void runService({
  name: 'gateway',
  schema: configSchema,
  services: publicServices,

  // The services may come and go: calls are refused for as long as one is away, and nothing is waited for.
  connect: () => Promise.resolve({}),

  serve: ({ config, logger }) =>
    startGateway({
      host: config.HOST,
      port: config.PORT,
      origins: config.CORS_ORIGINS,
      urls: SERVICE_NAMES.map((name) => ({ name, url: config[settingOf(name)] })),
      referenceFile: fileURLToPath(new URL('reference.html', import.meta.url)),
      logger,
    }),
});

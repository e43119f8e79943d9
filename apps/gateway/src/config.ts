import { url } from '@billingrails/config';
import { serviceSettings } from '@billingrails/service';
import { z } from 'zod';
import { SERVICE_NAMES, SERVICE_ROWS, settingOf, type ServiceName } from './services';

type UrlSettings = Record<Uppercase<`${ServiceName}_url`>, z.ZodDefault<ReturnType<typeof url>>>;

/** Names with all the replicas behind each, or the replicas themselves. */
const urlSettings = Object.fromEntries(
  SERVICE_NAMES.map((name) => [
    settingOf(name),
    url('dns').default(`dns:///127.0.0.1:${SERVICE_ROWS[name].port}`),
  ]),
) as UrlSettings;

/** The environment that the gateway reads. */
export const configSchema = z.object({ ...serviceSettings(7000), ...urlSettings });

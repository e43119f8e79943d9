import { CliError } from '../exit-codes';
import { own } from '../own';
import type { Target } from '../rpc/connection';
import { publicServices, type ServiceName } from '../rpc/every-rpc';
import type { Profile, Profiles } from './profiles';

/** What of a command line says where calls go. */
export interface TargetOptions {
  readonly profile?: string;
  readonly url?: string;
  /** "ingest=http://127.0.0.1:7001", each. */
  readonly serviceUrl?: readonly string[];
  readonly organisation?: string;
  readonly timeout?: number;
}

export const DEFAULT_URL = 'http://127.0.0.1:7000';
const TIMEOUT_MS = 30_000;

/**
 * Where calls go, and as whom. Options win over the environment, which wins over the profile. A key of a profile
 * goes to the profile's own addresses only, never to one that was named beside it.
 */
export function targetFrom(
  options: TargetOptions,
  env: NodeJS.ProcessEnv,
  stored: Profiles,
): Target {
  const profile = profileOf(options, env, stored);
  const named = options.url ?? (env['BILLINGRAILS_URL'] || undefined);
  const services = [
    ...(env['BILLINGRAILS_SERVICE_URLS'] ?? '').split(',').filter(Boolean),
    ...(options.serviceUrl ?? []),
  ];
  const key = env['BILLINGRAILS_KEY'] || undefined;
  const url = checkedUrl(named ?? profile.url ?? DEFAULT_URL);
  const isElsewhere = named !== undefined || services.length > 0;
  const isProfiles = key === undefined && (!isElsewhere || isOwn(profile, named, services));
  return {
    url,
    serviceUrls: isElsewhere ? serviceUrlsFrom(services) : (profile.service_urls ?? {}),
    key: key ?? (isProfiles ? profile.key : undefined),
    organisation: checkedOrganisation(
      options.organisation ??
        (env['BILLINGRAILS_ORGANISATION'] || (isProfiles ? profile.organisation : undefined)),
    ),
    timeoutMs: options.timeout === undefined ? TIMEOUT_MS : options.timeout * 1_000,
  };
}

/** It goes into a header, so it has the characters of an id; whether there is such a one the platform says. */
function checkedOrganisation(id: string | undefined): string | undefined {
  if (id === undefined || /^[\w-]+$/.test(id)) return id;
  throw new CliError(`"${id}" is no organisation's id.`, 'Write such as --organisation org_01J…');
}

function profileOf(options: TargetOptions, env: NodeJS.ProcessEnv, stored: Profiles): Profile {
  const name = options.profile ?? (env['BILLINGRAILS_PROFILE'] || undefined);
  if (name === undefined) return own(stored.profiles, stored.current ?? 'default') ?? {};
  const profile = own(stored.profiles, name);
  if (profile !== undefined) return profile;
  const names = Object.keys(stored.profiles);
  throw new CliError(
    `There is no profile "${name}".`,
    names.length === 0
      ? `Make it: billingrails login --profile ${name} --key-stdin`
      : `There are: ${names.join(', ')}. Or make it: billingrails login --profile ${name} --key-stdin`,
  );
}

/** Whether an address that was named is the profile's, so that its key may go there. */
function isOwn(profile: Profile, url: string | undefined, services: readonly string[]): boolean {
  const own = [profile.url ?? DEFAULT_URL, ...Object.values(profile.service_urls ?? {})];
  const named = [...(url === undefined ? [] : [url]), ...Object.values(serviceUrlsFrom(services))];
  return named.every((each) => own.some((mine) => new URL(mine).origin === new URL(each).origin));
}

/** Reads pairs of a service's name and its address. */
function serviceUrlsFrom(pairs: readonly string[]): Partial<Readonly<Record<ServiceName, string>>> {
  return Object.fromEntries(
    pairs.map((pair) => {
      const [, name = '', url = ''] = /^\s*([a-z-]+)=(.+?)\s*$/.exec(pair) ?? [];
      if (!Object.hasOwn(publicServices, name)) {
        throw new CliError(
          `"${pair}" names no service's address.`,
          `Write such as ingest=http://127.0.0.1:7001; services: ${Object.keys(publicServices).join(', ')}.`,
        );
      }
      return [name, checkedUrl(url)];
    }),
  );
}

function checkedUrl(text: string): string {
  if (/^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text;
  throw new CliError(`"${text}" is no address.`, 'Write such as http://127.0.0.1:7000.');
}

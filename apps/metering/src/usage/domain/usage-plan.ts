import { windowsOf, type Period } from '@billingrails/time';
import type { AggregationMethod } from '../../domain/aggregation';
import type { AggregationTimeWindow, ProfileVersion } from '../../meters/domain/profile';
import { UsageCuts } from './usage-cuts';

/** How the usage of windows is put together: the same for all versions of a profile. */
export interface UsageShape {
  readonly method: AggregationMethod;
  readonly recurring: boolean;
  readonly timeWindow: AggregationTimeWindow;
}

/** A part of a window that is aggregated for itself. */
export interface UsagePart {
  readonly period: Period;
  /** The window that it lies in; undefined for what comes before the first one. */
  readonly window: number | undefined;
}

/** What a version of a profile has to tell: about its own time, part by part. */
export interface VersionPlan {
  readonly version: ProfileVersion;
  readonly cuts: UsageCuts;
  /** The part that the first of the cuts' periods is of; the others follow in order. */
  readonly firstPart: number;
  /** The first of all versions with the same group_by paths: groups of other paths are others, however they read. */
  readonly groupVersion: number;
}

/** Which pieces of time must be known to answer windows of usage. */
export interface UsagePlan {
  readonly shape: UsageShape;
  readonly windows: readonly Period[];
  /** In order. */
  readonly parts: readonly UsagePart[];
  /** Those in force at any time of the parts, oldest first. */
  readonly versions: readonly VersionPlan[];
}

/**
 * Cuts windows, which must follow each other in order, into the parts that are aggregated, and these where versions of
 * the profile follow each other. A recurring profile needs to know all that was before the windows, too.
 */
export function planUsage(
  shape: UsageShape,
  windows: readonly Period[],
  timeZone: string,
  versions: readonly ProfileVersion[],
): UsagePlan {
  const parts = windows.flatMap((period, window): UsagePart[] =>
    shape.timeWindow === 'none'
      ? [{ period, window }]
      : windowsOf(period, shape.timeWindow, timeZone).map((part) => ({ period: part, window })),
  );
  const startMs = windows.at(0)?.startMs ?? 0;
  if (shape.recurring) {
    parts.unshift({ period: { startMs: -Infinity, endMs: startMs }, window: undefined });
  }
  const plans = versions.map((version) => ({
    ...planVersion(shape, parts, version),
    groupVersion: groupVersionOf(versions, version.profile.groupBy),
  }));
  return { shape, windows, parts, versions: plans.filter(({ cuts }) => cuts.periods.length > 0) };
}

function planVersion(
  { method }: UsageShape,
  parts: readonly UsagePart[],
  version: ProfileVersion,
): Omit<VersionPlan, 'groupVersion'> {
  const reached = parts.findIndex(({ period }) => period.endMs > version.fromMs);
  const firstPart = reached === -1 ? parts.length : reached;
  const periods: Period[] = [];
  for (const { period } of parts.slice(firstPart)) {
    if (period.startMs >= version.toMs) break;
    const startMs = Math.max(period.startMs, version.fromMs);
    periods.push({ startMs, endMs: Math.min(period.endMs, version.toMs) });
  }
  const isBefore = parts[firstPart]?.window === undefined;
  const byLast = method === 'latest' || method === 'time_weighted_sum';
  const cuts = new UsageCuts(periods, isBefore && byLast);
  return { version, cuts, firstPart };
}

/** The first version of a profile that has these group_by paths; all of its versions are given, oldest first. */
export function groupVersionOf(
  versions: readonly Pick<ProfileVersion, 'profile'>[],
  groupBy: readonly string[],
): number {
  const wanted = JSON.stringify(groupBy);
  const first = versions.find(({ profile }) => JSON.stringify(profile.groupBy) === wanted);
  return first?.profile.version ?? 1;
}

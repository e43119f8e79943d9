import { createHash } from 'node:crypto';

/**
 * Shares partitions between replicas by rendezvous hashing: each partition belongs to the replica with the greatest
 * hash of both names, so when one comes or goes, only its own partitions move, and all agree without talking.
 * Only for speed: what keeps two owners from counting twice is the cursor's compare-and-set.
 */
export function ownedPartitions(
  replica: string,
  replicas: readonly string[],
  partitionCount: number,
): number[] {
  const partitions = Array.from({ length: partitionCount }, (_, partition) => partition);
  return partitions.filter((partition) => ownerOf(partition, replicas) === replica);
}

function ownerOf(partition: number, replicas: readonly string[]): string | undefined {
  let owner: { replica: string; weight: string } | undefined;
  for (const replica of replicas) {
    const weight = createHash('sha256').update(`${partition}/${replica}`).digest('hex');
    if (owner === undefined || weight > owner.weight) owner = { replica, weight };
  }
  return owner?.replica;
}

/**
 * 99th percentile (seconds) of etcd's wal fsync since its start, from the text of /metrics; undefined: too few to say.
 */
export const fsyncP99 = (metrics: string): number | undefined => {
  const buckets = [...metrics.matchAll(/^etcd_disk_wal_fsync_duration_seconds_bucket\{le="([^"]+)"\} (\S+)$/gm)].map(
    ([, le = '', count = '']) => ({ le: le === '+Inf' ? Number.POSITIVE_INFINITY : Number(le), count: Number(count) }),
  );
  const total = buckets.at(-1)?.count ?? 0;
  if (total < 100) return undefined;
  return buckets.find(bucket => bucket.count >= total * 0.99)?.le;
};

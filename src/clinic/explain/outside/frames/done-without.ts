/** What this host or its file system does not give, and what goes on all the same. */
import type { Framed } from '../known.js';

export const doneWithout: readonly Framed[] = [
  {
    kind: 'harmless',
    id: 'limit-not-raised',
    unless: /\brunc\b|StartContainer|RunPodSandbox|OCI runtime|too many open files|\bfatal\b|exit\w*/i,
    text: /\b(?:rlimit on max file handles|in container with oom score|raise FD limit to \d+)\b/m,
    why: 'the host does not let the program raise a limit or its own priority, as inside of a container; it goes on',
    todo: 'nothing; if files run short later: LimitNOFILE of the unit; on a host of its own the unit must run as root',
    source: [
      'kubernetes cmd/kubelet/app/server.go (rlimit)',
      'kubernetes pkg/kubelet/cm/container_manager_linux.go (oom score)',
      'haproxy src/haproxy.c (Cannot raise FD limit)',
    ],
    near: ['OCI runtime create failed: runc: write /proc/self/oom_score_adj: permission denied'],
  },
  {
    kind: 'harmless',
    id: 'not-verified-by-kernel',
    unless: /\bcorrupt\w*|mismatch|\bdigest did not match|no space/i,
    text: /\b(?:fs-?verity|enable integrity for blob)\b.{0,300}(?:not supported|inappropriate ioctl)/im,
    why: 'this file system cannot have the kernel verify images; containerd checks their digests itself as before',
    todo: 'nothing; ext4 and btrfs have it where their verity feature is switched on',
    source: ['containerd plugins/content/local/store.go (fsverity)', 'containerd plugins/content/local/writer.go'],
    near: ['fsverity: file corrupted, digest mismatch'],
  },
  {
    kind: 'harmless',
    id: 'request-counted',
    most: 4,
    but: /heartbeat|overload|no leader|\blost\b/i,
    unless: /deadline|timed? ?out|"error"/i,
    text: /"msg":\s?"request stats".{0,200}"time spent":\s?"\d{1,3}(?:\.\d+)?(?:ms|µs)"/m,
    why: 'etcd tells of a request that took less than a second',
    todo: 'nothing for a line now and then; many of them, or seconds in them: kw cases etcd-slow-disk',
    source: ['etcd server/etcdserver/api/v3rpc/interceptor.go (request stats)'],
    near: [
      '{"level":"warn","msg":"request stats","time spent":"7.5s","response type":"/etcdserverpb.KV/Range"}',
      '{"level":"warn","msg":"request stats","time spent":"900ms","error":"etcdserver: request timed out"}',
    ],
  },
];

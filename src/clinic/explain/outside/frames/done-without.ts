/** What this host or its file system does not give, and what goes on all the same. */
import { pattern } from '../../../../model/pattern.js';
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
    id: 'file-marks',
    unless: /no space|input\/output error|\bfatal\b|\.(?:crt|key|pem|conf)\b/i,
    text: pattern(
      /\b(?:could not|failed to|unable to) change (?:access|modification) times?\b|\bfailed to make readonly\b/im,
      /|\bset termination-log file permissions\b/im,
    ),
    why: 'a file is stored, and only its time or mode could not be set',
    todo: 'nothing',
    source: [
      'containerd plugins/content/local/store.go (could not change access time)',
      'kubernetes pkg/kubelet/kuberuntime/kuberuntime_container.go (termination-log file permissions)',
    ],
    near: ['could not change access time of /var/lib/etcd: input/output error'],
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
  {
    kind: 'harmless',
    id: 'nobody-to-notify',
    unless: /permission denied|\bfatal\b|exit\w*/i,
    text: /\b(?:notify|systemd)\b.{0,120}\/run\/systemd\/notify: connect: no such file or directory/m,
    why: 'the program was not started by systemd, and has nobody to tell that it is ready or stops',
    todo: 'nothing; as a unit of Type=notify it would be told where to',
    source: ['containerd cmd/containerd/command/main_unix.go (notify stopping failed)'],
    near: ['failed to notify systemd for readiness: dial unixgram /run/systemd/notify: permission denied'],
  },
  {
    kind: 'harmless',
    id: 'not-in-a-pod',
    unless: /\bpanic|\b[EF]\d{4} \d\d:|level=(?:error|fatal)/,
    text: /\bin-cluster (?:kubeconfig|config\w*)\b.{0,80}\bdelegated\b.{0,300}KUBERNETES_SERVICE_HOST\b/m,
    why: 'the component runs outside of a pod and was given no kubeconfig for this; it goes on without asking the API',
    todo: 'nothing; --authentication-kubeconfig and --authorization-kubeconfig give it one',
    source: ['apiserver pkg/server/options/authorization.go (delegated authorization)'],
    near: [
      'panic: unable to load in-cluster configuration, KUBERNETES_SERVICE_HOST and KUBERNETES_SERVICE_PORT must be',
    ],
  },
  {
    kind: 'harmless',
    id: 'in-use-still',
    most: 4,
    but: /kubeadm|\breset\b|Terminating|\bstuck\b|Error from server|\bumount:|\/var\/lib\/etcd/,
    unless: /\b[EF]\d{4} \d\d:|level=(?:error|fatal)|input\/output error|read-only|no space/,
    text: pattern(
      /(?:\bW\d{4} \d\d:|\blevel=warning).{0,200}\b[Ff]ailed (?:to )?/m,
      /(?:remove|unmount|delete|flush|clean ?up)\b.{0,400}/,
      /(?:device or resource busy|directory not empty|: exit status 1)/,
    ),
    why: 'it was still in use when it was to be taken away; the program says so, goes on and tries again later',
    todo: 'nothing, unless the same path comes for minutes: fuser -vm PATH says who holds it',
    source: [
      'containerd plugins/snapshots/blockfile (failed to remove root filesystem)',
      'kubernetes pkg/volume/iscsi/iscsi_util.go (Failed to flush multipath device map)',
    ],
    near: [
      'W0102 03:04:05.000000 7 a.go:1] Failed to unmount /var/lib/kubelet/pods/1: read-only file system',
      'E0102 03:04:05.000000 7 a.go:1] Failed to delete /var/lib/kubelet/pods/1/volumes/a: device or resource busy',
    ],
  },
  {
    kind: 'harmless',
    id: 'not-offered-here',
    unless: /\b(?:fatal|exit\w*|kernel|module|required|must|policy|cgroup\w*|filesystem|set type)\b/i,
    text: pattern(
      /\b(?:address type|NodePorts?|IP families|session affinity|traffic ?policy)\b.{0,60}/im,
      /\b(?:is |are )?not supported\b/,
    ),
    why: 'kube-proxy leaves out what it cannot serve in this form, and serves everything else',
    todo: 'nothing, unless somebody needs just that Service or address',
    source: [
      'kubernetes pkg/proxy/metaproxier/meta_proxier.go (EndpointSlice address type)',
      'kubernetes pkg/proxy/iptables/proxier.go (localhost NodePorts)',
    ],
    near: ['unable to add the address type to the set: set type not supported by the kernel'],
  },
];

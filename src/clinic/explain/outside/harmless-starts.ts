/** Lines that frighten and say nothing bad: what is not there yet at a start, and what counts, traces or tidies up. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

export const harmlessStarts: readonly Known[] = [
  {
    kind: 'harmless',
    id: 'stats-not-yet',
    text: pattern(
      /unable to find data in memory cache|Failed to get RecentStats|failed to get imageFs info/im,
      /|invalid capacity 0 on image filesystem|InvalidDiskCapacity|Stats initialization may not have completed/im,
      /|Partial failure issuing cadvisor|metrics are not supported for \w+ Volumes|No ref for container/im,
      /|Failed to create existing container:|Error trying to work out if we can handle/im,
      /|Error while processing event \("\/sys\/fs\/cgroup.{0,400}no such file/im,
      /|Failed to create summary reader|none of the resources are being tracked|cgroups: cgroup deleted/im,
    ),
    why: 'the kubelet’s statistics ask for a container or volume that has just come or gone, or that has none',
    todo: 'nothing, unless kubectl top stays empty for minutes',
  },
  {
    kind: 'harmless',
    id: 'starting',
    text: pattern(
      /pleg has yet to be successful|runtime status check may not have completed yet/im,
      /|starting server with unsynced Kubernetes API/im,
      /|Hairpin setup failed for pod|retrying of unary invoker failed.{0,400}(dbstat|Unimplemented)/im,
      /|no subnet found for key: FLANNEL_|already initialized as member before, starting as etcd member/im,
    ),
    why: 'it has just been started and does not have everything yet',
    todo: 'nothing, unless the same line still comes after a minute',
  },
  {
    kind: 'harmless',
    id: 'defaults-taken',
    text: pattern(
      /Neither --kubeconfig nor --master was specified|Unknown proxy mode "", assuming/im,
      /|No (authentication|authorization)-kubeconfig provided|Using the inClusterConfig/im,
      /|clusterCIDR not specified, unable to distinguish|conn_reuse_mode/im,
      /|\bL[23] miss\b|workdir is in-use as upperdir/im,
      /|The recommended value for .{1,60} in .{0,10}KubeletConfiguration/im,
      /|API group "\S+" is not enabled, skipping|Skipping API \S+ because it has no resources/im,
      /|OpenAPI AggregationController: action for item \S+: Rate Limited Requeue/im,
      /|not trusted by the host CA bundle, but the token does not include a CA hash/im,
    ),
    why: 'something was not set or is not offered, and the program says which default it takes instead',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'links-come-and-go',
    text: pattern(
      /\((veth|cali|lxc|cni)\w*\) entered (blocking|forwarding|disabled|learning) state/im,
      /|device (veth|cali|lxc)\w+ (entered|left) promiscuous mode|NETDEV_(CHANGE|UP)\): (veth|cali|lxc|cni)/im,
      /|eth\d+: renamed from|(veth|cali|lxc)\w+: link becomes ready/im,
    ),
    why: 'the kernel tells that the link of a pod came or went',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'units-come-and-go',
    text: pattern(
      /\.scope: Scope has no PIDs|\.mount: (Succeeded|Deactivated successfully)/im,
      /|(Created|Removed) slice libcontainer|audit: (BPF prog-id|type=1334)/im,
    ),
    why: 'systemd and the kernel tell of the mounts and scopes that containers make and leave',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'preflight-warning',
    text: pattern(
      /\[WARNING (SystemVerification|Hostname|Service-\w+|FileExisting-\w+|IsDockerSystemdCheck|Port-\d+)\]/im,
      /|failed to parse kernel config|detected that the sandbox image .{1,200} is inconsistent with/im,
    ),
    why: 'kubeadm could not check something, or would do it otherwise; it goes on',
    todo: 'read it once; only lines that begin with [ERROR stop kubeadm',
  },
  {
    kind: 'harmless',
    id: 'traces',
    text: /\bTrace\[\d+\]: .{0,400}total time: \d{1,3}(\.\d+)?ms/im,
    why: 'a request took more than half a second, and its steps are told',
    todo: 'nothing, unless there are many of them each second: then look at etcd’s disk',
  },
  {
    kind: 'harmless',
    id: 'snapshotter-skipped',
    text: pattern(
      /io\.containerd\.snapshotter\.v1\.(btrfs|zfs|aufs|devmapper|blockfile)\b/im,
      /.{0,300}(skip|not configured|must be a)/,
    ),
    why: 'containerd tries all the ways to store images, and says which ones this host does not have',
    todo: 'nothing; overlayfs is used',
  },
  {
    kind: 'harmless',
    id: 'client-gone',
    text: /apiserver received an error that is not an metav1\.Status: .{0,60}(context canceled|stream closed)/im,
    why: 'a client went away before it had its answer',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'would-violate',
    text: /Warning: would violate PodSecurity|existing pods in namespace .{1,80} violate the new PodSecurity/im,
    why: 'the namespace only warns; the pod is made all the same',
    todo: 'change the pod before the label of the namespace is made to enforce',
  },
  {
    kind: 'harmless',
    id: 'retried',
    text: pattern(
      /EndpointSlice informer cache is out of date|re-queuing item due to optimistic locking/im,
      /|[Ff]ailed to create Endpoint\S*: endpoint\w* "\S+" already exists/im,
      /|Couldn't find network status for \S+ through plugin: invalid network status/im,
    ),
    why: 'it was a moment too early, and tries again by itself',
    todo: 'nothing, unless the same object is named for minutes',
  },
];

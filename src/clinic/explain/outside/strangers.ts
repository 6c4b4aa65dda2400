/**
 * The answer of last resort: something failed by its own words, nobody could not be reached, and of the cluster, its
 * hosts and what lies between them not a word is said.
 */
import { pattern } from '../../../model/pattern.js';
import type { Account, How, Target } from '../account.js';
import { complaintIn } from '../complaint.js';
import { speechIn } from '../speech/speech.js';
import type { Outside } from './known.js';

/** What is spoken of where the cluster is at fault: its parts, its hosts, the network, trust, time and room. */
const ofCluster = pattern(
  /\b(?:kube\w*|k8s\w*|k3s|rke2?|nodes?|hosts?)\b/i,
  /|\b(?:pods?|clusters?|workers?|masters?|control[- ]planes?|members?|peers?)\b/i,
  /|\b(?:etcd\w*|api ?-?servers?|components?|scheduler|controller\w*|admission|webhooks?|leases?|leaders?|quorum)\b/i,
  /|\b(?:containerd?|cri\w*|runc|shim|sandbox\w*|cgroups?\w*)\b/i,
  /|\b(?:snapshot\w*|runtimes?|docker\w*|images?|plugins?|addons?)\b/i,
  /|\b(?:cni\w*|calico\w*|cilium\w*|flannel\w*|bird\w*|bgp|vxlan|overlay\w*|bridge|veth\w*|routes?|subnets?|cidrs?)\b/i,
  /|\b(?:iptables|nft\w*|ipvs\w*|ipset\w*|conntrack|firewall\w*|packets?|mtu|ports?|dns|resolv\w*|names?ervers?)\b/i,
  /|\b(?:network\w*|connect\w*|reach\w*|unreachable|time(?:d )?-?out\w*|route|proxy|tls|x509|certificates?|cert|ca)\b/i,
  /|\b(?:tokens?|bootstrap\w*|kubeconfig|bearer|impersonat\w*|service ?accounts?|clocks?|ntp|chrony\w*|time)\b/i,
  /|\b(?:kernel|kern|systemd\w*|units?|modprobe|modules?|sysctl\w*)\b/i,
  /|\b(?:selinux|apparmor\w*|audit|dmesg|swap|oom\w*|numa)\b/i,
  /|\b(?:disks?|devices?|mount\w*|umount|volumes?|csi\w*|nfs\w*)\b/i,
  /|\b(?:iscsi\w*|xfs|ext4|overlayfs|inodes?|space|quota|file ?system)\b/i,
  /|\b(?:memory|mem|threads?|descriptors?|open files|inotify|limits?|evict\w*|taint\w*|namespaces?|finalizers?)\b/i,
  /|\b(?:keepalived\w*|haproxy\w*|vrrp\w*|vip|load ?balancers?|health\w*|feature[- ]?gates?|flags?|--\w[\w-]+)\b/i,
  /|\b(?:raft|wal|revision|compact\w*|mvcc|member\w*|term|elections?|heartbeats?|db|checksum|corrupt\w*|pem|keys?)\b/i,
  /|\/(?:etc|proc|sys|run|dev|opt\/cni|var\/(?:lib|run|log))\/|\d{1,3}(?:\.\d{1,3}){3}|\bapt\b|\byum\b|\bdnf\b/,
  /|\b[EW]: /,
  /|\blevel=|"level"|\b(?:ERRO|FATA|WARN|INFO|PANI)\[\d|\bsubsys=|\b(?:Create|Run|Kill|Start|Err|Image)[A-Z]\w+/,
  /|\[ERROR\]/,
  /|\b(?:requests?|contexts?|endpoints?|tasks?|conflict\w*|managed|objects?|resources?|snap|EOF|watch\w*|events?)\b/,
  // A daemon of a host speaks.
  /|^(?:\w{3} +\d+ [\d:]+ \S+ )?[\w.-]{2,60}\[\d+\]: /m,
  /|\bpanic|goroutine|\.go:\d|\b[EWIF]\d{4} \d\d:|\bcode = |\bVRID\b|\bsystem:/i,
);

/** What somebody meets with his own things; whoever is not reached, out of time or of room meets it outside. */
const own: ReadonlySet<How> = new Set([
  'failed',
  'not-valid',
  'bad-format',
  'already-there',
  'not-found',
  'unauthorized',
  'forbidden',
  'unknown-word',
  'crashed',
]);
const ownThings: ReadonlySet<Target | undefined> = new Set([undefined, 'data-service', 'outside-host', 'file']);
const mostLines = 60;

export const strangersIn = (accounts: readonly Account[], text: string): readonly Outside[] => {
  const words = complaintIn(text);
  const told = accounts.every(({ who, whom, how }) => who === undefined && ownThings.has(whom) && own.has(how));
  if (words === undefined || !told || ofCluster.test(text) || speechIn(text) !== '') return [];
  if (text.split('\n').length > mostLines) return [];
  return [
    {
      kind: 'not-ours',
      id: 'no-part-of-the-cluster',
      why: 'no part of the cluster speaks here or is named: a program or tool tells of a trouble of its own',
      todo:
        'look up the words with the name of that program; if it is a pod: kubectl logs POD --previous, and ' +
        'kubectl describe pod POD for what Kubernetes says of it',
      message: words.trim().slice(0, 160),
    },
  ];
};

/** The edge to measure next, by how it went: what a person does where no case fits. */
import type { Account, How, Target } from './account.js';

const nextBy: Partial<Readonly<Record<How, string>>> = {
  refused: 'look on that host whether the process runs and on which address it listens: ss -ltnp',
  'timed-out': 'look at the way there: ping, then the port (nc -vz), then firewalls of both hosts and the MTU',
  'no-route': 'look at the way there: ip route get ADDRESS, and REJECT rules of the host’s firewall',
  dropped: 'look at the rule that logs with this prefix: nft list ruleset, iptables-save',
  'not-trusted':
    'hold the CA that the client has against the issuer that the server shows: openssl s_client -showcerts',
  'name-missing': 'look at the names in the certificate: openssl s_client | openssl x509 -noout -ext subjectAltName',
  expired: 'look at the dates of the certificate and at the clock of both hosts: openssl x509 -noout -dates; date -u',
  'not-yet-valid': 'look at the clock of both hosts: date -u, chronyc tracking',
  forbidden: 'ask the server: kubectl auth can-i VERB RESOURCE --as=USER',
  unauthorized: 'look at the credential that was sent: its issuer, its dates, the key that signed it',
  full: 'look at the room there: df -h, df -i, etcdctl endpoint status',
  limit: 'look at the limit and at who uses it up: ulimit -n, sysctl fs.inotify, /proc/PID/limits',
  'not-found':
    'look whether what it names is there, and whether it is spelt so: kubectl get KIND --all-namespaces; ' +
    'ls -l PATH, on the host and in the mounts of the container',
  'not-yet':
    'ask the object that was waited for (kubectl describe, its conditions and events), then its pods: ' +
    'kubectl get pods -o wide, kubectl describe pod, kubectl logs POD --previous',
  'not-readable': 'look at owner, mode and label, also of the folders above: namei -l, ls -Z',
  'not-executable': 'look at mode and kind of the file: ls -l, file, and the options of its mount (noexec)',
  gateway:
    'look at what stands in between: HTTPS_PROXY and NO_PROXY of that process (/proc/PID/environ), or the balancer’s ' +
    'own check of its servers',
  'wrong-protocol': 'ask both ways and see which one answers: curl http://ADDRESS, curl -k https://ADDRESS',
  'half-gone': 'ask each API server by itself (curl -k https://HOST:6443/readyz) and the balancer which ones it serves',
  'bad-pem': 'look at size and first line of the file, then: openssl x509 -noout -subject -in FILE',
  'unknown-word': 'take the word out of the manifest, unit or configuration, or look it up in that version’s notes',
  'api-gone':
    'ask what the server has (kubectl api-resources); in a Helm release the old manifest must be mapped first ' +
    '(helm mapkubeapis)',
  'repository-gone': 'name the repository that is in use today: pkgs.k8s.io/core:/stable:/vX.Y, one for each minor',
  'not-tolerated': 'hold the taints of the nodes against the tolerations of the pod: kubectl describe node, pod',
  'out-of-order': 'look why that node is so: kubectl describe node (Conditions), then journalctl -u kubelet there',
  'address-twice': 'hold machine-id, MAC addresses and the pod networks of both hosts against each other',
  'no-address': 'hold --node-ip, cluster-cidr and service-cidr against the addresses of the host: ip address',
  'not-established':
    'look which address each node announces (one of a bridge is a wrong one), then port 179 between them: nc -vz',
  garbled:
    'turn the checksum offload of the overlay’s link off and try again: ethtool -K LINK tx-checksum-ip-generic off',
  'taken-over': 'tell the manager to leave the links of the pod network alone (unmanaged-devices), then restart it',
  'left-over':
    'look for links, rules and files of before: ip link, iptables-save, /etc/cni/net.d; a reboot clears rules',
  'no-memory': 'look at who holds it: ps by memory, limits of pods, LimitNOFILE of the runtime’s unit',
  'in-use': 'see who listens there: ss -lntup; end it, or give one of the two another port',
  'no-resolver':
    'look which servers the host asks: cat /etc/resolv.conf; it names none, or a cache of the host that does not run ' +
    '(systemctl status systemd-resolved); whoever read it before must be started again',
  martian: 'hold the way back against the link of the packet: ip route get ADDRESS; sysctl net.ipv4.conf.all.rp_filter',
  'memory-limit':
    'look whose limit it is (memcg= and task= in the kernel’s lines) and what it needs: raise the limit, or give the ' +
    'control plane more; free -m says whether the host has it',
  'memory-gone':
    'read the kernel’s lines below it: CONSTRAINT_MEMCG is a limit of its own, CONSTRAINT_NONE the whole host; then ' +
    'raise the limit, or give the host more memory',
  busy:
    'see who holds it: lsblk, fuser -vm, lsof; multipath -ll (multipathd takes disks that it was not told to leave ' +
    'alone); kubectl get volumeattachments',
  damaged:
    'look at dmesg and the health of the disk; what can be fetched again is removed and fetched (crictl rmi IMAGE), ' +
    'a file system is checked while nobody has it mounted (fsck)',
  'read-only': 'look at the mount and at dmesg: a file system with errors becomes read-only; readOnlyRootFilesystem',
  'no-program':
    'install it on each host: nfs-common or nfs-utils, open-iscsi, iptables, conntrack, socat, ethtool; then: ' +
    'command -v NAME',
  'no-processes':
    'count them and look at the limits: ps -eLf | wc -l; sysctl kernel.pid_max kernel.threads-max; pids.max of the ' +
    'cgroup; TasksMax of the unit; ulimit -u',
  'kernel-lacks':
    'look at what the kernel has: cat /proc/cgroups /proc/cmdline; on a Raspberry Pi cgroup_memory=1 ' +
    'cgroup_enable=memory in cmdline.txt, then start again',
  'clock-apart': 'look at the clock and its source on that host: timedatectl, chronyc sources; UDP 123 to the servers',
  mismatch: 'hold both sides against each other: the token, key or name that one was given, and what the other has',
  'not-mounted': 'mount it, and have it mounted at boot: findmnt, /etc/fstab, the unit that should do it',
  'too-small': 'give the host more of it, or take another host',
  'too-large':
    'look what is that large: etcd takes 1.5 MiB for an object, gRPC 2 or 4 MiB for a message; ConfigMaps, Helm’s ' +
    'releases and annotations grow',
  finalizer:
    'look who set it, and whether that controller runs: kubectl get KIND NAME -o yaml (finalizers, conditions)',
  restarts: 'read what it said last: kubectl logs --previous, kubectl describe pod (Last State, Exit Code)',
  'not-running': 'start it and look why it ended: systemctl status UNIT, journalctl -u UNIT',
  'not-valid': 'look at the value that the line names, and where it is set',
  unsupported: 'look whether this version, kernel or file system can do it, and whether it is switched on',
  'already-there': 'look what is there, and of whom: it is from an earlier run, or somebody else made it',
  crashed: 'look at dmesg at that second; SIGBUS is often huge pages that the host counts and the pod did not ask for',
  'name-unknown': 'ask the server that the line names: dig NAME @SERVER, and /etc/resolv.conf of who asks',
};

/** What is to be measured at this place, however it went. */
const nextAt: Partial<Readonly<Record<Target, string>>> = {
  rootfs:
    'look at dmesg, and on which file system the runtime has its folder (findmnt -T /var/lib/containerd): an overlay ' +
    'lies on no other overlay, NFS or encrypted folder; input/output errors are the disk’s own',
  'storage-driver':
    'look whether the driver’s pod runs on that host: kubectl get csinode NODE -o yaml, pods of the driver',
  iscsi: 'look on that host: cat /etc/iscsi/initiatorname.iscsi, systemctl status iscsid; then iscsiadm -m discovery',
  'image-store': 'the store has lost a layer that it still lists: crictl rmi IMAGE, pull again; else empty it, drained',
};

/** The data of the API are in one place more often than not. */
const ofData =
  'the data of the API are there: copy the folder away before anything else, look at dmesg and the disk, then take ' +
  'them from another member or from a snapshot';

/** kubeadm begins on a host that has nothing yet. */
const ofBefore =
  'kubeadm was run on this host before, or another cluster is on it: kubeadm reset takes away what that one left ' +
  'and holds; then again';

/** A node that nobody knows by this name was not registered, or was by another one. */
const ofNode =
  'look which names the nodes have (kubectl get nodes), and hold the host’s own against it: hostname, ' +
  '--hostname-override; after some minutes: journalctl -u kubelet on that host';

/** Who pulls an image says in an event why it did not. */
const ofPull =
  'read why in the events of the pod: kubectl describe pod (Failed, ErrImagePull); name and tag of the image first, ' +
  'then on that host: crictl pull IMAGE';

export const nextOf = (account: Account): string => {
  const measured = reached(account);
  return measured === undefined ? edgeOf(account) : `${measured}; ${edgeOf(account)}`;
};

/** Of an address with its port: the very command, to be run where the line was written. */
const reached = ({ how, at = '' }: Account): string | undefined => {
  const [, host, port] = /^(?:https?:\/\/)?(\[[\da-f:]+\]|[\w.-]+):(\d{1,5})$/i.exec(at) ?? [];
  const asked = how === 'refused' || how === 'timed-out' || how === 'no-route';
  return asked && host !== undefined
    ? `from the host of this line: nc -vz ${host.replace(/[[\]]/g, '')} ${port}`
    : undefined;
};

const edgeOf = ({ who, doing, how, whom }: Account): string =>
  (who === 'kubeadm' && (how === 'in-use' || how === 'already-there') ? ofBefore : undefined) ??
  ((who === 'datastore' || who === 'etcd') && how === 'damaged' ? ofData : undefined) ??
  (whom === 'node' && how === 'not-found' ? ofNode : undefined) ??
  (doing === 'pull' && how === 'failed' ? ofPull : undefined) ??
  (whom && nextAt[whom]) ??
  nextBy[how] ??
  'look at the lines just before it in the same log, and at the other end of the connection';

/** Lines that frighten and say nothing bad. */
import type { Known } from './known.js';
import { pattern } from '../../../model/pattern.js';

export const harmless: readonly Known[] = [
  {
    kind: 'harmless',
    id: 'nameserver-limit',
    text: /(?:Nameserver|Search Line) limits (?:were )?exceeded|Resolv\.conf file .{1,200} contains /im,
    why: 'the host names more than three DNS servers, and pods get the first three',
    todo: 'shorten the list in the file of --resolv-conf if the line disturbs',
  },
  {
    kind: 'harmless',
    id: 'no-manifests-folder',
    text: pattern(
      /Path does not exist"? path="?\/\S*manifests|Unable to read config path.{0,80}does not exist/im,
      /|(config|manifest) path "?\/\S*manifests"?:? ?(path )?does not exist/im,
    ),
    why: 'a worker has no static pods, and nobody made the folder',
    todo: 'mkdir -p /etc/kubernetes/manifests silences it',
  },
  {
    kind: 'harmless',
    id: 'coredns-hinfo',
    // Once is its start; with others beside it, or with the API missing as well, packets of its pod get lost.
    but: pattern(
      /HINFO: \w+ \w+ [^\n]{0,160}(?:timeout|refused)[\s\S]*HINFO: \w+ \w+ [^\n]{0,160}(?:timeout|refused)/,
      /|plugin\/ready: Still waiting on|plugin\/kubernetes|Failed to (?:list|watch)/,
      /|\b(?:A|AAAA|PTR|SRV): (?:read|dial) /,
    ),
    text: /HINFO: (read|write|dial) \w+ .{0,120}(timeout|refused)/im,
    why: 'CoreDNS asks itself once at its start, and some upstream servers ignore such a question',
    todo: 'look up a name from a pod; if that works, leave it',
  },
  {
    kind: 'harmless',
    id: 'watch-cancelled',
    text: pattern(
      /(etcdserver|watch)\S{0,120}:? ?.{0,60}/im,
      /(mvcc: required revision has been compacted|too old resource version)/im,
      /|watch(er)?\b.{0,300}(too old|compacted|GOAWAY|context canceled)|operation was cancell?ed/im,
      /|grpc: the client connection is closing|Unexpected EOF during watch stream event decoding/im,
      /|watch of \S+ ended with(?: error)?: (?:unexpected end of JSON input|unexpected EOF|EOF)\s*$/im,
    ),
    why: 'a watch ended and is begun anew, as it is meant',
    todo: 'nothing, unless it repeats every second',
  },
  {
    kind: 'harmless',
    id: 'etcd-probe',
    text: /rejected connection (?:from|on \w+ endpoint)\b.{0,120}(?:\(error "EOF"|"error": ?"EOF"|: EOF\b)/im,
    why: 'somebody opened the TLS port and closed it again, as a TCP health check does',
    todo: 'let the check speak TLS, or leave it',
  },
  {
    kind: 'harmless',
    id: 'tls-handshake-eof',
    text: /TLS handshake error (?:from \S+:|\.{3}|…)? ?(EOF|read tcp \S+: (read: )?connection reset by peer)/im,
    why: 'somebody opened the TLS port and closed it again, as the health check of a load balancer does',
    todo: 'let the check speak TLS (GET /readyz), or leave it',
  },
  {
    kind: 'harmless',
    id: 'konnectivity',
    text: /konnectivity.{0,120}(not (yet )?(there|ready|found)|no such file|No agent available)|No agent available/im,
    why: 'the tunnel to the nodes stands only when the first agent runs',
    todo: 'wait until an agent runs on a node; only then look again',
  },
  {
    kind: 'harmless',
    id: 'cgroup-paths',
    text: /failed to delete cgroup paths?|Failed to delete cgroup/im,
    why: 'the cgroup was gone or still in use for a moment; the kubelet tries again',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'component-statuses',
    but: /[Pp]robe (?:failed|errored)/,
    text: /127\.0\.0\.1:1025[12]\/healthz/im,
    why: 'componentstatuses asks ports that have been closed for years',
    todo: 'ask kubectl get --raw /readyz?verbose instead',
  },
  {
    kind: 'harmless',
    id: 'lease-waiting',
    // Whoever says that nothing is scheduled, or that the holder is gone, does not ask about the line.
    but: pattern(
      /holder.{0,80}\b(gone|deleted|removed|dead|no longer|not exist)/i,
      /|\b(no|without) (new )?pods?\b|pending|nothing is scheduled|nobody leads/i,
      /|\b(all|both|every) (three )?(replicas|masters)/i,
    ),
    text: pattern(
      /attempting to acquire leader lease|lock is held by \S+ and has not yet expired/im,
      /|\bI\d{4} .{0,120}\bfailed to acquire lease \S+\s*$/im,
    ),
    why: 'another replica leads, and this one waits, as it should',
    todo: 'look only if nobody renews: kubectl -n kube-system get lease',
  },
  {
    kind: 'harmless',
    id: 'status-hook',
    text: /failed on the status hook for pod|cannot find network namespace for the terminated container/im,
    why: 'the kubelet asked for the pod’s address before the network plugin had run, or after the pod was gone',
    todo: 'nothing, unless the pod has no address after a minute',
  },
  {
    kind: 'harmless',
    id: 'pending-external-ip',
    text: /EXTERNAL-IP.{0,20}<pending>|\bLoadBalancer\b.{1,80}<pending>/im,
    why: 'a cluster without a load balancer implementation leaves a Service of that type pending, as is to be expected',
    todo: 'install one (MetalLB, a cloud’s controller), or use NodePort; with a cloud: kw doctor tests its controller',
  },
  {
    kind: 'harmless',
    id: 'throttling',
    text: /client-side throttling, not priority and fairness|Throttling request took [\d.]+m?s/im,
    why: 'the client slows itself down',
    todo: 'nothing; fewer requests, or higher --kube-api-qps, if it is too slow',
  },
  {
    kind: 'harmless',
    id: 'conflict-retried',
    text: /the object has been modified|Operation cannot be fulfilled on \S+/im,
    why: 'two writers met at one object, and the one that lost reads it again and tries anew',
    todo: 'nothing, unless the same object is named for minutes',
  },
  {
    kind: 'harmless',
    id: 'deprecated',
    // What the newest version refuses by default is an illness there.
    but: /FailCgroupV1/i,
    text: pattern(
      /(?:Flag --\S+ has been|\bis|\bare|\bha(?:s|ve) been) deprecated/im,
      /(?:[,;."]|\s*$| in v?\d| since v?\d| and will| in favou?r)/im,
      /|: deprecated (?:since|in) v?\d|\bDEPRECATED: |deprecation warning|\bis deprecated and can \w+/im,
    ),
    why: 'it works in this version, and will be gone in a later one',
    todo: 'change it before the upgrade that the line names',
  },
  {
    kind: 'harmless',
    id: 'container-gone',
    // Whoever asks for it by hand, or is just making one, wants it there.
    but: pattern(
      /unable to upgrade connection|Error from server|kubectl|crictl|\b(?:Create|Start)Container|RunPodSandbox/,
      /|failed to (?:start|create|run|restore)\b(?! existing)|CreatePodSandbox|\bexec\b/i,
    ),
    says: ({ who, whom, how }) =>
      who !== 'kubectl' && who !== 'kubeadm' && whom === 'past-container' && how === 'not-found',
    text: pattern(
      /status_manager\.go.{0,900}pods? \\?"[^"\\]{1,253}\\?" not found|/im,
      /(ContainerStatus|RemoveContainer|StopPodSandbox|PodSandboxStatus)\b.{0,60}fail.{0,80}/im,
      /(NotFound|not found|No such container)|DeleteContainer returned error/im,
      /|node "[^"]{1,253}" cannot get unknown (?:pod|secret|configmap|persistentvolume)/im,
      /|Handler for \w+ \S+ returned error: No such container|ttrpc: received message on inactive stream/im,
      /|reading termination-log .{0,300}no such file/im,
      /|\bContainer (?:"\w+" )?not found in pod's containers|cleaning up after shim disconnected|cleanup warnings? /im,
    ),
    why: 'the kubelet asked for a container that has just been removed',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'coredns-import',
    text: /No files matching import glob pattern/im,
    why: 'CoreDNS is allowed to read further files, and there are none',
    todo: 'nothing',
  },
  {
    kind: 'harmless',
    id: 'cgroup-stats',
    text: /Failed to get system container stats|failed to get cgroup stats for .{0,80}unknown container/im,
    why: 'the kubelet’s statistics ask for a cgroup that systemd has not made or named otherwise',
    todo: 'nothing; with systemd: CPUAccounting and MemoryAccounting of the unit',
  },
];

/** Texts that are no illness of the cluster: harmless lines, and troubles that somebody else must solve. */
import { readings } from '../examine/normalise.js';
import { uncoated } from './coats.js';

export interface Outside {
  readonly kind: 'harmless' | 'not-ours';
  readonly id: string;
  readonly why: string;
  readonly todo: string;
  /** What of the text says so, cut to 160 characters. */
  readonly message: string;
}

type Known = Omit<Outside, 'message'> & { readonly text: RegExp };

const known: readonly Known[] = [
  {
    kind: 'harmless',
    id: 'nameserver-limit',
    text: /Nameserver limits (were )?exceeded/im,
    why: 'the host names more than three DNS servers, and pods get the first three',
    todo: 'shorten the list in the file of --resolv-conf if the line disturbs',
  },
  {
    kind: 'harmless',
    id: 'no-manifests-folder',
    text: /(config|manifest) path "?\/\S*manifests"?:? ?(path )?does not exist/im,
    why: 'a worker has no static pods, and nobody made the folder',
    todo: 'mkdir -p /etc/kubernetes/manifests silences it',
  },
  {
    kind: 'harmless',
    id: 'coredns-hinfo',
    text: /HINFO: (read|write|dial) \w+ .{0,120}(timeout|refused)/im,
    why: 'CoreDNS asks itself once at its start, and some upstream servers ignore such a question',
    todo: 'look up a name from a pod; if that works, leave it',
  },
  {
    kind: 'harmless',
    id: 'watch-cancelled',
    text: /(etcdserver|watch)\S*:? ?.{0,60}(mvcc: required revision has been compacted|too old resource version)|watch of \S+ ended with.{0,80}(too old|compacted|GOAWAY)|operation was cancell?ed|grpc: the client connection is closing/im,
    why: 'a watch ended and is begun anew, as it is meant',
    todo: 'nothing, unless it repeats every second',
  },
  {
    kind: 'harmless',
    id: 'etcd-probe',
    text: /rejected connection from .{0,80}(\(error "EOF"|"error": ?"EOF")/im,
    why: 'somebody opened the TLS port and closed it again, as a TCP health check does',
    todo: 'let the check speak TLS, or leave it',
  },
  {
    kind: 'harmless',
    id: 'tls-handshake-eof',
    text: /TLS handshake error from \S+: EOF/im,
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
    text: /127\.0\.0\.1:1025[12]\/healthz/im,
    why: 'componentstatuses asks ports that have been closed for years',
    todo: 'ask kubectl get --raw /readyz?verbose instead',
  },
  {
    kind: 'harmless',
    id: 'lease-waiting',
    text: /attempting to acquire leader lease|lock is held by \S+ and has not yet expired/im,
    why: 'another replica leads, and this one waits, as it should',
    todo: 'look only if nobody renews: kubectl -n kube-system get lease',
  },
  {
    kind: 'not-ours',
    id: 'architecture',
    text: /exec format error/im,
    why: 'the image is for another processor architecture than the host',
    todo: 'take an image for the host’s architecture (docker manifest inspect IMAGE)',
  },
  {
    kind: 'not-ours',
    id: 'carriage-returns',
    text: /\$'\\r': command not found|\/bin\/(ba)?sh\^M|bad interpreter.{0,20}\^M|env: ‘?'?\S+\\r'?/im,
    why: 'the script has Windows line ends',
    todo: 'dos2unix the script or ConfigMap, and git config core.autocrlf',
  },
  {
    kind: 'not-ours',
    id: 'registry-limit',
    text: /toomanyrequests|pull rate limit|429 Too Many Requests.{0,80}(registry|docker|manifests)/im,
    why: 'the registry limits how often an address may pull',
    todo: 'log in to the registry (imagePullSecrets) or use a mirror',
  },
  {
    kind: 'not-ours',
    id: 'cloud-iam',
    text: /Required "[\w.]+" permission|is not authorized to perform:? \w+:\w+|AuthorizationFailed|AccessDenied(Exception)?\b|does not have authorization to perform action/im,
    why: 'the cloud’s own access rights refuse it, not the cluster’s',
    todo: 'give the cloud account the right that the line names',
  },
  {
    kind: 'not-ours',
    id: 'image-name',
    text: /(manifest unknown|manifest for \S+ not found|repository does not exist|pull access denied|invalid reference format|InvalidImageName)/im,
    why: 'there is no such image, or it is private',
    todo: 'check name and tag, and imagePullSecrets for private images',
  },
  {
    kind: 'not-ours',
    id: 'own-memory-limit',
    text: /Memory cgroup out of memory|CONSTRAINT_MEMCG|OOMKilled/im,
    why: 'a container used more memory than its own limit',
    todo: 'raise its limit, or find what it keeps in memory',
  },
  {
    kind: 'not-ours',
    id: 'runasnonroot',
    text: /runAsNonRoot and image (has non-numeric user|will run as root)/im,
    why: 'the pod asks for a user other than root, and the image names none by number',
    todo: 'set runAsUser, or USER with a number in the image',
  },
  {
    kind: 'not-ours',
    id: 'application',
    text: /^\s*(Traceback \(most recent call last\)|panic: .*|\s+at [\w.$]+\([\w]+\.java:\d+\)|Exception in thread "|npm ERR!|Error: Cannot find module)/im,
    why: 'the program in the container failed by itself',
    todo: 'read the lines around it with whoever wrote the program',
  },
];

/** What is outside of the cluster, and the lines that remain to be explained. */
export const outsideIn = (text: string): { readonly outside: readonly Outside[]; readonly rest: string } => {
  const lines = uncoated(text).split('\n');
  const outside = known.flatMap(({ text: pattern, ...one }) => {
    const hit = [...lines, ...readings(text)].map(each => pattern.exec(each)?.[0]).find(each => each !== undefined);
    return hit === undefined ? [] : [{ ...one, message: hit.trim().slice(0, 160) }];
  });
  if (outside.length === 0) return { outside, rest: text };
  const left = lines.filter(line => !known.some(one => one.text.test(line)));
  // Said by no single line: the paste broke it, and its halves are no text of their own.
  return { outside, rest: left.length === lines.length ? '' : left.join('\n') };
};

/** Which of the images that tests ask for no host has, and cannot get either: asked of each host's own runtime. */
import { type Script, sh } from '../../shell/sh.js';
import type { Connection } from '../../transport/connection.js';
import { failureOf } from '../run/step-tracker.js';

export interface MissingImage {
  readonly image: string;
  readonly hosts: readonly string[];
  /** What the runtime of the first of them says. */
  readonly why: string;
}

/** Images of upstream's list that conformance tests run; the others belong to other tests. */
const ofConformance: ReadonlySet<string> = new Set([
  'agnhost',
  'busybox',
  'etcd',
  'glibc-dns-testing',
  'httpd',
  'jessie-dnsutils',
  'kitten',
  'nautilus',
  'nginx',
  'nonewprivs',
  'pause',
  'sample-apiserver',
]);

/** Nobody can pull from these, which is what the tests that name them want to see. */
const unreachable = /^(?:invalid\.registry\.k8s\.io|gcr\.io\/k8s-authenticated-test)\//;

export const neededImages = (all: readonly string[]): readonly string[] =>
  all.filter(image => !unreachable.test(image) && ofConformance.has(/([^/]+):[^:/]*$/.exec(image)?.[1] ?? ''));

/** The runtime pulls what it lacks, as it would for the tests: then they do not wait for it. */
export const missingImages = async (
  images: readonly string[],
  hosts: readonly string[],
  connections: (host: string) => Promise<Pick<Connection, 'run'>>,
  signal?: AbortSignal,
): Promise<readonly MissingImage[]> => {
  const lacking = new Map<string, { hosts: string[]; why: string }>();
  const ask = async (host: string): Promise<void> => {
    for (const [image, why] of await missingOn(host, images, connections, signal)) {
      const known = lacking.get(image) ?? { hosts: [], why };
      known.hosts.push(host);
      lacking.set(image, known);
    }
  };
  await Promise.all(hosts.map(ask));
  return [...lacking]
    .map(([image, { hosts: where, why }]) => ({ image, hosts: hosts.filter(host => where.includes(host)), why }))
    .sort((one, other) => (one.image < other.image ? -1 : 1));
};

const longestMs = 1_800_000;

const missingOn = async (
  host: string,
  images: readonly string[],
  connections: (host: string) => Promise<Pick<Connection, 'run'>>,
  signal?: AbortSignal,
): Promise<ReadonlyMap<string, string>> => {
  try {
    const how = { timeoutMs: longestMs, ...(signal ? { signal } : {}) };
    const { code, stdout, stderr } = await (await connections(host)).run(script(images), how);
    if (code !== 0) return all(images, stderr.trim().split('\n').at(-1) ?? '');
    return missingIn(stdout);
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    return all(images, failureOf(error).message);
  }
};

const all = (images: readonly string[], why: string) => new Map(images.map(image => [image, why]));

/** Lines `IMAGE<tab>what the runtime said`. */
const missingIn = (stdout: string): ReadonlyMap<string, string> =>
  new Map(
    stdout
      .split('\n')
      .filter(line => line.includes('\t'))
      .map(line => {
        const [image = '', why = ''] = line.split('\t');
        return [image, why.slice(0, 500)] as const;
      }),
  );

/** Of a registry that does not answer in time nothing more is asked. */
const script = (
  images: readonly string[],
): Script => sh`command -v ctr >/dev/null || { echo 'no ctr here' >&2; exit 1; }
have=$(ctr -n k8s.io images ls -q) || exit 1
s=unix:///run/containerd/containerd.sock dead=' '
pull() {
  if command -v crictl >/dev/null; then timeout 300 crictl --runtime-endpoint "$s" --image-endpoint "$s" pull "$1"
  else timeout 300 ctr -n k8s.io images pull "$1"; fi
}
for i in ${images}; do
  printf '%s\\n' "$have" | grep -qxF -- "$i" && continue
  case $dead in *" \${i%%/*} "*) printf '%s\\t%s\\n' "$i" 'the registry did not answer for another one'; continue;; esac
  why=$(pull "$i" 2>&1 >/dev/null) && continue
  [ $? != 124 ] || { dead="$dead\${i%%/*} "; why='no answer within 300 s'; }
  printf '%s\\t%s\\n' "$i" "$(printf '%s' "$why" | tail -n 1 | tr '\\t' ' ')"
done`;

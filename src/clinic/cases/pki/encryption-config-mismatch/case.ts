import { defineCase } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type Eyes, openEyes } from '../../../read/eyes.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, layout } from '../../../read/hosts.js';
import { shown } from '../../../read/shown.js';
import { at, listAt, readYaml } from '../../../read/yaml.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import type { Finding } from '../../../examine/verdict.js';

export default defineCase({
  id: 'encryption-config-mismatch',
  precedence: 110,
  title: 'API servers encrypt at rest with different keys',
  versions: '>=1.7',
  variants: {
    'key-differs': 'a key of the same name is another one on one API server',
    'key-missing': 'an API server lacks a key with which another one writes',
    'not-encrypting': 'an API server has no encryption configuration, others have',
  },
  symptoms: [
    { text: /no matching (key|prefix) (was )?found( for the provided \w+ transformer)?/ },
    { text: /identity transformer tried to read encrypted data/ },
    { text: /unable to transform key "\/registry\// },
    { text: /failed to list \*core\.Secret: illegal base64 data/ }, // without any provider: what is stored is taken for an object
    { text: /invalid padding on input|output array was not large enough for encryption/ },
    { text: apiRefused },
  ],
  explains: ['node-not-ready-cni', 'cluster-dns-missing', 'not-highly-available'],
  lab: true,
  sources: [
    'kubernetes/kubernetes#66844',
    'kubernetes/kubernetes#76010',
    'kubernetes/kubernetes#53301',
    'kubernetes/website#38583',
  ],
  badCures: [
    {
      cure: 'deleting the unreadable secrets from etcd',
      why: 'they are readable with the key of the other API servers: this loses them for good',
      text: /etcdctl .{0,80}del .{0,40}\/registry\/secrets/,
    },
    { cure: 'removing --encryption-provider-config everywhere', why: 'then nobody can read what is encrypted already' },
  ],

  diagnose(chart) {
    const eyes = openEyes();
    const all = hostsOf(chart, 'controlPlane').flatMap(host => keyring(host, eyes));
    return eyes.verdict(all.flatMap(one => unread(one, all)));
  },

  therapy(finding, chart) {
    const want =
      layout(chart) === 'kubewizard'
        ? restoreAt(
            chart,
            finding.host,
            '/etc/kubernetes/encryption.yaml',
            '/etc/systemd/system/kube-apiserver.service',
          )
        : [];
    if (want.length > 0)
      return {
        title: `Give the API server on ${finding.host} the cluster's encryption keys again`,
        risk: 'restart',
        want,
      };
    return {
      refused: 'encryption keys are secrets that never pass through this desk',
      advice: [
        `copy the encryption configuration from an API server that reads everything to ${finding.host}, mode 600, to the path that --encryption-provider-config names and under a mount of the static pod`,
        'restart that API server, then try: kubectl get secrets -A',
        'keep the old key as a later entry until every object has been written again: kubectl get secrets -A -o json | kubectl replace -f -',
      ],
    };
  },

  teach: finding => [
    {
      host: finding.host,
      command: finding.subject.startsWith('/')
        ? `sha256sum ${finding.subject}`
        : 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep encryption-provider-config',
      answer: finding.subject.startsWith('/')
        ? 'another sum than on the other control planes'
        : 'nothing, and a file on the other control planes',
      healthy: 'the same sum on every control plane',
    },
    {
      host: finding.host,
      command: 'kubectl --server https://127.0.0.1:6443 get secrets -A',
      answer: 'Internal error occurred: unable to transform key "/registry/secrets/…"',
      healthy: 'the list',
    },
  ],
});

/** Of one kind of object: keys as `provider name`, each with the digest of its secret; the first one writes. */
interface Ring {
  readonly host: HostChart;
  readonly path: string;
  readonly resource: string;
  readonly keys: ReadonlyMap<string, string>;
  readonly writes?: string;
}

const absent = '(no encryption configuration)';

function keyring(host: HostChart, eyes: Eyes): readonly Ring[] {
  if (!eyes.see(host.processes) || !eyes.see(host.files)) return [];
  const flags = flagsOf(host, 'kube-apiserver').inForce;
  if (!flags) return [];
  const path = flags.get('encryption-provider-config');
  if (path === undefined) return [{ host, path: absent, resource: '*', keys: new Map() }];
  const file = eyes.file(host, path);
  if (file && file.text === undefined) eyes.note(host.name, path, 'its text was not shown');
  const parsed = file?.text === undefined ? undefined : readYaml(file.text);
  if (parsed && listAt('value' in parsed ? parsed.value : undefined, 'resources').length === 0)
    eyes.note(host.name, path, 'problem' in parsed ? parsed.problem : 'it names no resources');
  if (!parsed || !('value' in parsed)) return [];
  return listAt(parsed.value, 'resources').flatMap(rule =>
    listAt(rule, 'resources').map((resource): Ring => {
      const keys = listAt(rule, 'providers').flatMap(keysOf);
      const [first] = listAt(rule, 'providers');
      const writes = keysOf(first)[0]?.[0];
      return { host, path, resource: String(resource), keys: new Map(keys), ...(writes !== undefined && { writes }) };
    }),
  );
}

const keysOf = (provider: unknown): readonly (readonly [string, string])[] =>
  Object.entries(provider !== null && typeof provider === 'object' ? provider : {}).flatMap(([name, body]) =>
    name === 'kms'
      ? [[`kms ${at(body, 'name')}`, String(at(body, 'endpoint'))] as const]
      : listAt(body, 'keys').map(key => [`${name} ${at(key, 'name')}`, String(at(key, 'secret'))] as const),
  );

/** What others write and this one cannot read. The one that stands alone is the ill one. */
function unread(mine: Ring, all: readonly Ring[]): readonly Finding[] {
  const others = all.filter(
    one =>
      one.host !== mine.host && (one.resource === mine.resource || mine.resource === '*') && one.writes !== undefined,
  );
  const strangers = others.filter(one => mine.keys.get(one.writes ?? '') !== one.keys.get(one.writes ?? ''));
  if (strangers.length === 0 || !isOdd(mine, all, strangers)) return [];
  const [other] = strangers;
  const named = other?.writes !== undefined && mine.keys.has(other.writes);
  return [
    {
      variant: mine.path === absent ? 'not-encrypting' : named ? 'key-differs' : 'key-missing',
      host: mine.host.name,
      subject: mine.path === absent ? '--encryption-provider-config' : mine.path,
      says: `kube-apiserver on ${other?.host.name} writes ${other?.resource} with the key ${other?.writes}, but the one on ${mine.host.name} ${mine.path === absent ? 'has no --encryption-provider-config' : named ? 'has another key of that name' : `has only ${[...mine.keys.keys()].join(', ') || 'none'}`}`,
      shows: [
        shown(mine.host.files, mine.path, `keys: ${[...mine.keys.keys()].join(', ') || 'none'}`),
        ...(other
          ? [
              shown(
                other.host.files,
                other.path,
                `keys: ${[...other.keys.keys()].join(', ')}, writes with ${other.writes}`,
              ),
            ]
          : []),
      ],
    },
  ];
}

/** Fewer servers share its keys than share the strangers'; where it is one against one, both are shown. */
const isOdd = (mine: Ring, all: readonly Ring[], strangers: readonly Ring[]): boolean => {
  const signature = (ring: Ring): string =>
    [...ring.keys]
      .map(pair => pair.join('='))
      .sort()
      .join(' ');
  const alike = (ring: Ring): number =>
    new Set(
      all.filter(one => one.resource === ring.resource && signature(one) === signature(ring)).map(one => one.host),
    ).size;
  return strangers.some(other => alike(other) >= alike(mine) || mine.path === absent);
};

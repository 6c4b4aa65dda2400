import { apiserverPort } from '../../../../model/components.js';
import { quote } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { at, listAt, readYaml } from '../../../read/yaml.js';
import { restoreAt } from '../../../therapies/restore.js';
import { apiRefused } from '../../../symptoms.js';
import { type Quote, quoted, quotedOn } from '../../../read/quote.js';
import type { Found } from '../../../examine/verdict.js';

/** Another API server (`writer`) writes objects of `resource` with `key`, as `provider name`. */
type Unread = {
  readonly writer: string;
  readonly resource: string;
  readonly key: string;
  /** Names of the keys that each of both has, and the writer's configuration. */
  readonly keys: readonly string[];
  readonly others: { readonly path: string; readonly keys: readonly string[] };
};

type Facts = {
  /** `path` of the encryption configuration. */
  'key-differs': Unread & { readonly path: string };
  'key-missing': Unread & { readonly path: string };
  'not-encrypting': Unread;
};

const writes = ({ writer, resource, key }: Unread, host: string): string =>
  `kube-apiserver on ${writer} writes ${resource} with the key ${key}, but the one on ${host}`;

export default defineCase<Facts>({
  id: 'encryption-config-mismatch',
  precedence: 110,
  title: 'API servers encrypt at rest with different keys',
  versions: '>=1.7',
  variants: {
    'key-differs': {
      means: 'a key of the same name is another one on one API server',
      says: ({ host, facts }) => `${writes(facts, host)} has another key of that name`,
      shows: proof,
    },
    'key-missing': {
      means: 'an API server lacks a key with which another one writes',
      says: ({ host, facts }) => `${writes(facts, host)} has only ${facts.keys.join(', ') || 'none'}`,
      shows: proof,
    },
    'not-encrypting': {
      means: 'an API server has no encryption configuration, others have',
      says: ({ host, facts }) => `${writes(facts, host)} has no --encryption-provider-config`,
      shows: proof,
    },
  },
  told: [
    ['encryption', 'some-only'],
    ['encryption', 'apiserver'],
  ],
  symptoms: [
    { text: /no matching (key|prefix) (was )?found( for the provided \w+ transformer)?/ },
    { text: /identity transformer tried to read encrypted data/ },
    { text: /unable to transform key\b/ },
    // Without any provider what is stored is taken for an object.
    { text: /failed to list \*core\.Secret: illegal base64 data/ },
    // The storage of 1.37.
    { text: /data from the storage is not transformable|failed to read one or more secrets from the storage/ },
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
    const evidence = readEvidence();
    const all = hostsOf(chart, 'controlPlane').flatMap(host => keyring(host, evidence));
    return evidence.verdict(all.flatMap(one => unread(one, all)));
  },

  therapy(finding, chart) {
    const want = isOurs(chart)
      ? restoreAt(chart, finding.host, '/etc/kubernetes/encryption.yaml', '/etc/systemd/system/kube-apiserver.service')
      : [];
    if (want.length > 0)
      return {
        title: `Give the API server on ${finding.host} the cluster's encryption keys again`,
        risk: 'restart',
        want,
      };
    return {
      refused: 'encryption keys are secrets: kw does not copy them from host to host',
      advice: [
        `copy the encryption configuration from an API server that reads everything to ${finding.host}, mode ` +
          '600, to the path that --encryption-provider-config names and under a mount of the static pod',
        'restart that API server, then try: kubectl get secrets -A',
        'keep the old key as a later entry until every object has been written again: kubectl get secrets -A ' +
          '-o json | kubectl replace -f -',
      ],
    };
  },

  verify: finding => [
    {
      host: finding.host,
      ...(finding.variant === 'not-encrypting'
        ? {
            command: 'ps -o args= -C kube-apiserver | tr " " "\\n" | grep encryption-provider-config',
            answer: 'nothing, and a file on the other control planes',
          }
        : {
            command: `sha256sum ${quote(finding.facts.path)}`,
            answer: 'another sum than on the other control planes',
          }),
      healthy: 'the same sum on every control plane',
    },
    {
      host: finding.host,
      command: `kubectl --server https://127.0.0.1:${apiserverPort} get secrets -A`,
      answer: 'Internal error occurred: unable to transform key "/registry/secrets/…"',
      healthy: 'the list',
    },
  ],
});

/** Of one kind of object: keys as `provider name`, each with the digest of its secret; the first one writes. */
interface Ring {
  readonly host: HostChart;
  /** undefined: no encryption configuration. */
  readonly path?: string;
  readonly resource: string;
  readonly keys: ReadonlyMap<string, string>;
  readonly writes?: string;
}

function keyring(host: HostChart, evidence: EvidenceReader): readonly Ring[] {
  if (!evidence.read(host.processes) || !evidence.read(host.files)) return [];
  const flags = flagsOf(host, 'kube-apiserver').inForce;
  if (!flags) return [];
  const path = flags.get('encryption-provider-config');
  if (path === undefined) return [{ host, resource: '*', keys: new Map() }];
  const file = evidence.file(host, path);
  if (file && file.text === undefined) evidence.note(host.name, path, 'its text was not shown');
  const parsed = file?.text === undefined ? undefined : readYaml(file.text);
  if (parsed && listAt('value' in parsed ? parsed.value : undefined, 'resources').length === 0)
    evidence.note(host.name, path, 'problem' in parsed ? parsed.problem : 'it names no resources');
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
function unread(mine: Ring, all: readonly Ring[]): readonly FoundOf<Facts>[] {
  const others = all.filter(
    one =>
      one.host !== mine.host && (one.resource === mine.resource || mine.resource === '*') && one.writes !== undefined,
  );
  const unreadable = others.filter(one => mine.keys.get(one.writes ?? '') !== one.keys.get(one.writes ?? ''));
  if (unreadable.length === 0 || !isOdd(mine, all, unreadable)) return [];
  const [other] = unreadable;
  if (other?.writes === undefined) return [];
  const { path } = mine;
  const keys = [...mine.keys.keys()];
  const facts: Unread = {
    writer: other.host.name,
    resource: other.resource,
    key: other.writes,
    keys,
    others: { path: other.path ?? '', keys: [...other.keys.keys()] },
  };
  const at = { host: mine.host.name };
  if (path === undefined)
    return [{ variant: 'not-encrypting', subject: { flag: '--encryption-provider-config' }, facts, ...at }];
  return [
    mine.keys.has(other.writes)
      ? { variant: 'key-differs', subject: { path }, facts: { ...facts, path }, ...at }
      : { variant: 'key-missing', subject: { path }, facts: { ...facts, path }, ...at },
  ];
}

/** Fewer servers share its keys than share the strangers'; where it is one against one, both are shown. */
const isOdd = (mine: Ring, all: readonly Ring[], unreadable: readonly Ring[]): boolean => {
  const signature = (ring: Ring): string =>
    [...ring.keys]
      .map(pair => pair.join('='))
      .sort()
      .join(' ');
  const alike = (ring: Ring): number =>
    new Set(
      all.filter(one => one.resource === ring.resource && signature(one) === signature(ring)).map(one => one.host),
    ).size;
  return unreadable.some(other => alike(other) >= alike(mine) || mine.path === undefined);
};

function proof({
  facts: { writer, key, keys, others, ...rest },
}: Found<Unread & { readonly path?: string }>): readonly Quote[] {
  return [
    quoted('files', rest.path ?? '(no encryption configuration)', `keys: ${keys.join(', ') || 'none'}`),
    quotedOn(writer, 'files', others.path, `keys: ${others.keys.join(', ')}, writes with ${key}`),
  ];
}

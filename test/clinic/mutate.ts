/** Ways in which evidence can be hostile or damaged: each takes a chart and gives the same chart with junk in it. */
import type { hostSections } from '../../src/clinic/bundle/bundle-json.js';
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import type { Certificate } from '../../src/pki/certificate.js';

export type Mutation = readonly [name: string, mutate: (chart: Chart) => Chart];

export const junk =
  '\x1b]0;owned\x07\x1b[2J\x9b31m\u202e$(touch /tmp/owned)`id`; rm -rf / #<script>alert(1)</script>\0 {[}: &a *a !!x';

type Section = (typeof hostSections)[number];
// biome-ignore lint/suspicious/noExplicitAny: junk is put where the types say that it cannot be
type Value = any;

const inHosts =
  (section: Section, change: (value: Value, host: HostChart) => Value) =>
  (chart: Chart): Chart => ({
    ...chart,
    hosts: new Map(
      [...chart.hosts].map(([name, host]) => {
        const seen = host[section] as Value;
        return [name, 'value' in seen ? { ...host, [section]: { ...seen, value: change(seen.value, host) } } : host];
      }),
    ),
  });

/** Every file cut at once, each at another place, its size as it is on the host. */
const cutFiles = (part: number): Mutation => [
  `files cut at ${part}`,
  inHosts('files', (files: Value[]) =>
    files.map((file, index) =>
      file.text === undefined
        ? file
        : { ...file, text: file.text.slice(0, Math.floor(file.text.length * ((part + index * 0.137) % 0.99))) },
    ),
  ),
];

const dated = (notBefore: string | undefined, notAfter: string | undefined): Mutation => [
  `certificates from ${notBefore} to ${notAfter}`,
  chart => {
    const anew = (one: Certificate): Certificate => ({
      ...one,
      ...(notBefore !== undefined && { notBefore }),
      ...(notAfter !== undefined && { notAfter }),
    });
    return [
      inHosts('certificates', (all: Value[]) => all.map(one => ({ ...one, certificates: one.certificates.map(anew) }))),
      inHosts('kubeconfigs', (all: Value[]) =>
        all.map(one => ({ ...one, ca: one.ca.map(anew), client: one.client.map(anew) })),
      ),
      inHosts('served', (all: Value[]) => all.map(one => ({ ...one, chain: one.chain.map(anew) }))),
    ].reduce((now, each) => each(now), chart);
  },
];

/** Objects of nobody, which any user with few rights can make. */
const strangers: Mutation = [
  'junk among the API objects',
  chart => ({
    ...chart,
    api: {
      ...chart.api,
      objects: Object.fromEntries(
        Object.entries(chart.api.objects).map(([list, seen]) => [
          list,
          'value' in seen
            ? {
                ...seen,
                value: [
                  ...seen.value,
                  {
                    metadata: {
                      name: junk,
                      namespace: junk,
                      labels: { 'k8s-app': junk },
                      annotations: { x: junk },
                      creationTimestamp: 'nonsense',
                    },
                    spec: null,
                    status: junk,
                    data: 7,
                  } as Value,
                  {
                    metadata: { name: 'x', namespace: 'y' },
                    spec: { podCIDR: junk, containers: junk, addresses: {}, conditions: null },
                    status: { conditions: 'x', addresses: null },
                    subsets: 'x',
                    webhooks: {},
                    rules: 'x',
                    subjects: 7,
                    roleRef: null,
                  } as Value,
                  { metadata: { name: 'z', namespace: 'y' } },
                ],
              }
            : seen,
        ]),
      ),
    },
  }),
];

export const mutations: readonly Mutation[] = [
  ...[0, 0.25, 0.5, 0.75].map(cutFiles),
  [
    'files without text',
    inHosts('files', (files: Value[]) => files.map(({ text: _, ...file }) => ({ ...file, cut: true }))),
  ],
  [
    'nonsense in the times of files',
    inHosts('files', (files: Value[]) => files.map(file => ({ ...file, changedAt: 'nonsense' }))),
  ],
  dated(undefined, '9999-12-31T23:59:59.000Z'),
  dated('0000-01-01T00:00:00.000Z', '9999-12-31T23:59:59.000Z'),
  dated('nonsense', 'nonsense'),
  strangers,
  [
    'junk in argv',
    inHosts('processes', (all: Value[]) =>
      all.map(one => ({ ...one, argv: [...one.argv, junk, `--${junk}`, '--', `--x-${'y'.repeat(10_000)}=${junk}`] })),
    ),
  ],
  [
    'a process of junk',
    inHosts('processes', (all: Value[]) => [
      ...all,
      { program: junk, pid: Number.NaN, argv: [], proxies: { [junk]: junk }, startedAt: 'nonsense', contained: false },
    ]),
  ],
  [
    'nonsense in the times of processes',
    inHosts('processes', (all: Value[]) => all.map(one => ({ ...one, startedAt: 'nonsense' }))),
  ],
  [
    'junk in the URLs of etcd members',
    inHosts('etcd', (etcd: Value) => ({
      ...etcd,
      members: etcd.members.map((one: Value) => ({
        ...one,
        peerUrls: [junk, 'http://', 'https://[::1', '://'],
        clientUrls: [junk],
      })),
    })),
  ],
  [
    'junk in what etcd says of itself',
    inHosts('etcd', (etcd: Value) => ({
      ...etcd,
      status: etcd.status.map((one: Value) => ({ ...one, endpoint: junk, errors: [junk] })),
      alarms: [],
    })),
  ],
  [
    'junk in logs',
    inHosts('logs', (logs: Value) => ({ ...logs, [junk]: [junk], kubelet: [junk, 'x'.repeat(200_000)], etcd: [junk] })),
  ],
  [
    'junk in rules',
    inHosts('firewall', (rules: Value) => ({
      nft: `${rules.nft}\n${junk}\n-A ${junk}\n`,
      legacy: `${rules.legacy}${junk}`,
      foreign: junk,
    })),
  ],
  [
    'junk in links and routes',
    inHosts('network', (seen: Value) => ({
      ...seen,
      links: [...seen.links, { name: junk, mtu: Number.NaN, up: false }],
      routes: [...seen.routes, { to: junk, via: junk }, { to: '999.1.2.3/77' }],
      addresses: [...seen.addresses, { link: junk, address: junk, prefix: -5 }],
      resolvConf: `${seen.resolvConf}\n${junk}\n`,
    })),
  ],
  ['junk in answers of health', inHosts('health', (seen: Value) => ({ ...seen, [junk]: junk }))],
  ['junk in sysctls', inHosts('sysctls', (seen: Value) => ({ ...seen, [junk]: junk }))],
  ['junk in what is reached', inHosts('reach', (seen: Value) => ({ ...seen, [junk]: junk, 'x:y:z': 'open' }))],
  [
    'junk in kubeconfigs',
    inHosts('kubeconfigs', (all: Value[]) => [
      ...all,
      {
        path: `/root/${junk}`,
        mode: '',
        changedAt: 'nonsense',
        problems: [junk],
        ca: [],
        client: [],
        value: { server: junk, cluster: junk, user: junk },
      },
    ]),
  ],
  [
    'junk in certificates nobody uses',
    inHosts('certificates', (all: Value[]) => [
      ...all,
      { path: `/etc/kubernetes/pki/${junk}.crt`, changedAt: 'nonsense', certificates: [], problems: [junk] },
    ]),
  ],
  ['junk in versions', inHosts('versions', (seen: Value) => ({ ...seen, [junk]: junk, kernel: junk }))],
  [
    'junk in units',
    inHosts('units', (all: Value[]) => [
      ...all,
      {
        name: junk,
        load: junk,
        active: junk,
        sub: junk,
        result: junk,
        restarts: Number.NaN,
        enabled: junk,
        restart: junk,
        startedAt: 'nonsense',
        path: junk,
      },
    ]),
  ],
];

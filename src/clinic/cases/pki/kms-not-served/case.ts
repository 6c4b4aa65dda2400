import { apiserverPort } from '../../../../model/components.js';
import { quote } from '../../../../shell/sh.js';
import { defineCase, type FoundOf } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { readEvidence, type EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf, securePort } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { at, listAt, readYaml, type Tree } from '../../../read/yaml.js';
import { quoted } from '../../../read/quote.js';

type Facts = {
  /** `config` names the plugin `name` at `endpoint`; `check`: what the API server itself says of it. */
  readonly 'not-served': {
    readonly config: string;
    readonly name: string;
    readonly endpoint: string;
    readonly check: string;
  };
};

export default defineCase<Facts>({
  id: 'kms-not-served',
  precedence: 115,
  title: 'An API server asks a KMS plugin that nobody serves',
  versions: '>=1.10',
  variants: {
    'not-served': {
      means: 'the encryption configuration names a socket, and the API server gets no answer there',
      says: ({ host, facts: { config, name, endpoint, check } }) =>
        `${config} on ${host} sends keys to the KMS plugin ${name} at ${endpoint}, and the API server says: ${check}`,
      shows: ({ facts }) => [
        quoted('files', facts.config, `kms ${facts.name}, endpoint ${facts.endpoint}`),
        quoted('health', '/readyz', facts.check),
      ],
    },
  },
  told: [['kms'], ['kms', 'apiserver']],
  symptoms: [
    { text: /\[-\]kms-providers?(?:-\d+)? failed(?:: reason withheld)?/ },
    { text: /dial unix \S*kms\S*|kms\S{0,40}\.sock\b.{0,80}(?:no such file|refused|permission denied)/i },
    { text: /failed to (?:decrypt|encrypt) (?:DEK|data encryption key)|error while (?:de|en)crypting.{0,40}kms/i },
    { text: /kms[- ]?plugin|kms provider\b.{0,80}(?:unhealthy|unavailable|timed? ?out)/i },
  ],
  about: [{ who: 'api-server', whom: 'file', how: 'refused' }],
  explains: ['not-highly-available', 'encryption-config-mismatch'],
  lab: true,
  sources: ['https://kubernetes.io/docs/tasks/administer-cluster/kms-provider/', 'kubernetes/kubernetes#118728'],
  badCures: [
    {
      cure: 'taking the kms provider out of the encryption configuration',
      why: 'what it has encrypted can then be read by nobody, not even after it is put back in another place',
    },
    {
      cure: 'deleting the secrets that cannot be read',
      why: 'the key is not lost, only its keeper does not answer: this makes it a loss',
      text: /etcdctl .{0,80}del .{0,40}\/registry\/secrets/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    return evidence.verdict(hostsOf(chart, 'controlPlane').flatMap(host => findings(host, evidence)));
  },

  therapy: ({ host, facts: { name, endpoint } }, chart) => ({
    refused:
      'the plugin is somebody’s own, and without it what it has encrypted cannot be read: kw takes it out nowhere',
    advice: [
      `start the plugin ${name} on ${host}, as it is on the control planes that work: ${startOf(chart, host)}`,
      `it must listen at ${endpoint}, and that folder must be a mount of the API server where it is a static pod`,
      'then: kubectl get --raw /readyz?verbose, each kms check with a +',
    ],
  }),

  verify: ({ host, facts: { endpoint, check } }, chart) => {
    const one = chart.hosts.get(host);
    const port = one ? securePort(one) : apiserverPort;
    return [
      {
        host,
        command: `ss -xl | grep -F ${quote(socketOf(endpoint))}`,
        answer: 'nothing',
        healthy: 'a line: it listens',
      },
      {
        host,
        command: `kubectl --server https://127.0.0.1:${port} get --raw '/readyz?verbose'`,
        answer: check,
        healthy: '[+]kms-provider-0 ok, or [+]kms-providers ok',
      },
    ];
  },
});

const startOf = (chart: Chart, host: string): string =>
  chart.hosts.size > 1 ? `its unit or manifest, and its log on ${host}` : 'its unit or manifest, and its log';

const socketOf = (endpoint: string): string => endpoint.replace(/^unix:\/{2,3}/, '/');

interface Plugin {
  readonly name: string;
  readonly endpoint: string;
}

const pluginsIn = (config: Tree): readonly Plugin[] =>
  listAt(config, 'resources')
    .flatMap(rule => listAt(rule, 'providers'))
    .flatMap(provider => {
      const kms = at(provider, 'kms');
      return kms ? [{ name: String(at(kms, 'name')), endpoint: String(at(kms, 'endpoint')) }] : [];
    });

/** What the server itself measured: one check for each plugin (v1), or one for all (v2). */
const failedCheck = (answers: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(answers)
    .filter(([url]) => url.includes('/readyz'))
    .flatMap(([, answer]) => answer.split(/\\n|\n/))
    .find(line => /^\[-\]kms-provider/.test(line.trim()));

function findings(host: HostChart, evidence: EvidenceReader): readonly FoundOf<Facts>[] {
  const [processes, files, health] = [
    evidence.read(host.processes),
    evidence.read(host.files),
    evidence.read(host.health),
  ];
  const config = flagsOf(host, 'kube-apiserver').inForce?.get('encryption-provider-config');
  if (config === undefined || !processes || !files || !health) return [];
  const file = evidence.file(host, config);
  if (file && file.text === undefined) evidence.note(host.name, config, 'its text was not shown');
  const parsed = file?.text === undefined ? undefined : readYaml(file.text);
  const check = failedCheck(health)?.trim();
  const plugins = parsed && 'value' in parsed ? pluginsIn(parsed.value) : [];
  return [...new Map(plugins.map(one => [one.endpoint, one])).values()]
    .filter((_, index) => check !== undefined && isMeant(check, index))
    .map(({ name, endpoint }) => ({
      variant: 'not-served' as const,
      host: host.name,
      subject: { endpoint },
      facts: { config, name, endpoint, check: check ?? '' },
    }));
}

/** `kms-provider-1` is the second one; `kms-providers` are all. */
const isMeant = (check: string, index: number): boolean => {
  const number = /kms-provider-(\d+)/.exec(check)?.[1];
  return number === undefined || Number(number) === index;
};

import { defineCase } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { authorityPemOf } from '../../../read/authority.js';
import { type EvidenceReader, readEvidence } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf, nodesOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { bootstrapsWith, kubeletConf as conf, kubeletOf } from '../../../read/kubelet.js';
import { signedKubeconfig } from '../../../therapies/files.js';
import { requestAt } from '../../../therapies/kubeadm-pki.js';
import { flagSet } from '../../../therapies/place.js';
import { restarted } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { unauthorized } from '../../../symptoms.js';
import { absolutePath } from '../../../../model/path.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { type Facts, type Finding, variants, type Why } from './variants.js';
import { pattern } from '../../../../model/pattern.js';

export default defineCase<Facts>({
  id: 'bootstrap-token-expired',
  precedence: 70,
  title: 'A host cannot join: its bootstrap token is not valid',
  variants,
  about: [
    { who: 'kubelet', doing: 'bootstrap', how: 'unauthorized' },
    { doing: 'join', how: 'unauthorized' },
  ],
  told: [
    ['joining', 'long-ago'],
    ['token', 'preflight'],
    ['joining', 'preflight', 'hangs'],
    ['joining', 'token', 'expired'],
  ],
  symptoms: [
    { text: /(?:could not find a|not yet contain a) JWS signature (?:in the cluster-info ConfigMap )?for token ID/ },
    { text: /\bJWS sign(?:ature|ed)\b/ },
    { text: /token id "[^"]+" is invalid for this cluster or it has expired/ },
    {
      text: pattern(
        /cannot create certificate signing request: .{0,40}/,
        /(Unauthorized|asked for the client to provide credentials)/,
      ),
    },
    { text: /failed to verify JWS signature of received cluster info object/ },
    { text: unauthorized },
    { text: /\[preflight\] Running pre-flight checks(?!\s*\S)/ }, // kubeadm join says nothing more
  ],
  explains: ['control-planes-differ'],
  lab: true,
  versions: '>=1.6',
  spare: ['configmaps'],
  sources: [
    'kubernetes/kubeadm#668',
    'kubernetes/kubeadm#630',
    'kubernetes/kubeadm#2331',
    'kubernetes/kubernetes#109233',
  ],
  badCures: [
    {
      cure: 'a token without an end (--ttl 0)',
      why: 'whoever finds it in a script or a log may join hosts for ever',
      text: /token create .{0,80}--ttl[= ]0\b/,
    },
    {
      cure: '--discovery-token-unsafe-skip-ca-verification',
      why: 'the host then joins whatever cluster answers, and gives it root',
      text: /--discovery-token-unsafe-skip-ca-verification|unsafeSkipCAVerification: true/,
    },
  ],

  diagnose(chart) {
    const evidence = readEvidence();
    const waiting = nodesOf(chart).flatMap(host => bootstrapping(host, evidence));
    const list = chart.api.objects.secrets;
    const tokens = list ? evidence.read(list)?.filter(one => one.type === 'bootstrap.kubernetes.io/token') : undefined;
    if (!list || !tokens) return evidence.verdict([]);
    const valid = tokens.filter(
      one => isValid(one, chart.now) && one.data?.['usage-bootstrap-authentication'] === 'true',
    );
    // One whose id was not seen may be any of those that are valid.
    const late = waiting
      .filter(({ id }) => (id === undefined ? valid.length === 0 : !valid.some(one => one.data?.['token-id'] === id)))
      .map(
        ({ host, path, id }): Finding => ({
          variant: 'expired',
          host: host.name,
          subject: { path },
          facts: {
            path,
            ...(id !== undefined && { id }),
            why: whyNot(tokens, id),
            tokens: tokens.map(one => ({ secret: one.metadata.name, ends: end(one) })),
          },
        }),
      );
    return evidence.verdict([...late, ...unsigned(chart, tokens, evidence)]);
  },

  therapy(finding, chart) {
    const host = chart.hosts.get(finding.host);
    const want = host ? mended(chart, host, finding) : [];
    if (want.length > 0)
      return {
        title:
          finding.variant === 'expired'
            ? `Sign the kubelet on ${finding.host} its certificate, so that it needs no token`
            : `Let the controller manager on ${finding.host} sign cluster-info`,
        risk: 'restart',
        want,
      };
    if (finding.variant === 'signer-off')
      return {
        refused: 'how the controller manager is started was not seen',
        advice: [
          `start kube-controller-manager on ${finding.host} with --controllers=${signing}`,
          'kubectl -n kube-public get cm cluster-info -o yaml: jws-kubeconfig-ID stands under data then',
        ],
      };
    return {
      refused: 'a token is a secret: it is made by a person, for one hour',
      advice: [
        'kubeadm token create --ttl 1h --print-join-command',
        `write it into ${finding.facts.path} on ${finding.host}, systemctl restart kubelet`,
      ],
    };
  },

  verify: () => [
    {
      host: 'cluster',
      command: 'kubeadm token list',
      answer: 'no token, or <invalid> under TTL',
      healthy: 'a token with a TTL and the usages authentication,signing',
    },
    {
      host: 'cluster',
      command: 'kubectl -n kube-public get cm cluster-info -o yaml',
      answer: 'no jws-kubeconfig-… for that token',
      healthy: 'jws-kubeconfig-ID under data',
    },
  ],
});

const signing = '*,bootstrapsigner,tokencleaner';

const mended = (chart: Chart, host: HostChart, finding: Finding): readonly Resource[] => {
  if (finding.variant === 'expired') return joined(chart, host, finding.facts.path);
  if (!isOurs(chart))
    return flagSet(
      host,
      'kube-controller-manager',
      { controllers: signing },
      'cluster-info must be signed for hosts that join',
    );
  return finding.facts.source === undefined ? [] : restoreAt(chart, host.name, finding.facts.source);
};

const end = (token: ApiObject): string => String(token.data?.expiration ?? '');
const isValid = (token: ApiObject, now: string): boolean =>
  end(token) === '' || Date.parse(end(token)) > Date.parse(now);

const whyNot = (tokens: readonly ApiObject[], id: string | undefined): Why => {
  if (tokens.length === 0) return { is: 'none' };
  const own = tokens.find(one => one.data?.['token-id'] === id);
  if (own)
    return own.data?.['usage-bootstrap-authentication'] === 'true'
      ? { is: 'expired', at: end(own) }
      : { is: 'not-for-authentication' };
  return id !== undefined
    ? { is: 'another', ids: tokens.map(idOfToken) }
    : { is: 'all-expired', tokens: tokens.length, last: tokens.map(end).sort().at(-1) ?? '' };
};

const idOfToken = (token: ApiObject): string => String(token.data?.['token-id'] ?? token.metadata.name);

/** It was given a bootstrap kubeconfig with a token, and has got no certificate of its own yet. */
function bootstrapping(
  host: HostChart,
  evidence: EvidenceReader,
): readonly { readonly host: HostChart; readonly path: string; readonly id?: string }[] {
  if (!evidence.read(host.processes) || !evidence.read(host.files)) return [];
  const found = bootstrapsWith(host, evidence);
  const token = found?.seen.value?.token;
  if (!found || !token) return [];
  const { path } = found;
  return [{ host, path, ...(token.in === 'text' && token.bootstrap !== undefined && { id: token.bootstrap }) }];
}

function unsigned(chart: Chart, tokens: readonly ApiObject[], evidence: EvidenceReader): readonly Finding[] {
  const token = tokens.find(one => isValid(one, chart.now) && one.data?.['usage-bootstrap-signing'] === 'true');
  if (!token) return [];
  const servers = hostsOf(chart, 'controlPlane').flatMap(host => {
    evidence.read(host.processes);
    const flags = flagsOf(host, 'kube-controller-manager');
    return flags.inForce ? [{ host, flags, on: flags.inForce.all('controllers').includes('bootstrapsigner') }] : [];
  });
  // The leader signs; any other one may lead tomorrow.
  return servers
    .filter(one => !one.on)
    .map(({ host, flags }): Finding => {
      const controllers = flags.inForce?.get('controllers') ?? '*';
      const { source } = flags;
      return {
        variant: 'signer-off',
        host: host.name,
        subject: source === undefined ? { flag: '--controllers' } : { path: source },
        facts: { ...(source !== undefined && { source }), token: idOfToken(token), controllers },
      };
    });
}

function joined(chart: Chart, host: HostChart, bootstrap: string): readonly Resource[] {
  const because = 'no token lets its kubelet in';
  if (isOurs(chart)) return restoreAt(chart, host.name, conf, '/etc/systemd/system/kubelet.service');
  const value =
    'value' in host.kubeconfigs ? host.kubeconfigs.value.find(one => one.path === bootstrap)?.value : undefined;
  const request = requestAt(chart, host, conf);
  const caPem = authorityPemOf(chart, 'ca');
  const path = absolutePath(kubeletOf(host).flags?.get('kubeconfig') ?? conf);
  if (!value || !request || caPem === '' || path === undefined) return [];
  const made = signedKubeconfig(
    path,
    { request, caPem, server: value.server, cluster: value.cluster, user: request.commonName },
    { host: host.name, because, stage: 'nodes' },
  );
  return [made, restarted(host, 'kubelet', [path], because, [idOf(made)])];
}

/**
 * The CA as the cluster hands it out: to hosts that join (cluster-info), and to pods (kube-root-ca.crt, from
 * --root-ca-file).
 */
import type { Refusal, Therapy } from '../../../case.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import { fullName, objectsSeen } from '../../../read/api-objects.js';
import { authorityPaths, authorityPemOf, trueAuthority, trusts } from '../../../read/authority.js';
import type { EvidenceReader } from '../../../read/evidence-reader.js';
import { flagsOf } from '../../../read/flags.js';
import { hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { authorityText } from '../../../read/shown.js';
import { at, readYaml } from '../../../read/yaml.js';
import { object } from '../../../therapies/object.js';
import { flagSet } from '../../../therapies/place.js';
import { restoreAt } from '../../../therapies/restore.js';
import type { Certificate } from '../../../../pki/certificate.js';
import { readCertificates } from '../../../../pki/read.js';
import type { PublishedFinding } from './variants.js';

const maps = 'configmaps';
const kcm = 'kube-controller-manager';

export const published = (chart: Chart, evidence: EvidenceReader): readonly PublishedFinding[] => {
  const truth = trueAuthority(chart, 'ca');
  const [first] = truth;
  if (!first) return [];
  const files = rootFiles(chart, evidence, truth);
  const wrong = handedOut(chart, evidence).filter(({ ca }) => ca.length > 0 && !trusts(ca, truth));
  const facts = ({ ca }: { readonly ca: readonly Certificate[] }) => ({
    told: ca[0] ? authorityText(ca[0]) : 'no CA',
    truth: authorityText(first),
    authorities: ca,
  });
  const info = wrong.find(({ one }) => one.metadata.name === 'cluster-info');
  const [root, ...more] = wrong.filter(({ one }) => one.metadata.name === 'kube-root-ca.crt');
  return [
    ...files,
    ...(info
      ? [
          {
            variant: 'cluster-info' as const,
            host: 'cluster',
            subject: { configMap: fullName(info.one) },
            facts: { ...facts(info), configMap: fullName(info.one) },
          },
        ]
      : []),
    // What a controller manager with the wrong file writes is that file's consequence.
    ...(root && files.length === 0
      ? [
          {
            variant: 'root-ca' as const,
            host: 'cluster',
            subject: { configMap: 'kube-root-ca.crt' },
            facts: {
              ...facts(root),
              namespace: root.one.metadata.namespace ?? 'default',
              more: more.length,
            },
          },
        ]
      : []),
  ];
};

const rootFiles = (
  chart: Chart,
  evidence: EvidenceReader,
  truth: readonly Certificate[],
): readonly PublishedFinding[] =>
  hostsOf(chart, 'controlPlane').flatMap((host): readonly PublishedFinding[] => {
    const path = flagsOf(host, kcm).inForce?.get('root-ca-file');
    const ca = path === undefined ? [] : (evidence.certificate(host, path)?.certificates ?? []);
    const [told] = ca;
    const [first] = truth;
    if (path === undefined || !told || !first || trusts(ca, truth)) return [];
    return [
      {
        variant: 'root-ca',
        host: host.name,
        subject: { path },
        facts: { path, told: authorityText(told), truth: authorityText(first), authorities: ca },
      },
    ];
  });

const handedOut = (
  chart: Chart,
  evidence: EvidenceReader,
): readonly { readonly one: ApiObject; readonly ca: readonly Certificate[] }[] =>
  (objectsSeen(evidence, chart, maps) ?? []).flatMap(one => {
    const isInfo = fullName(one) === 'kube-public/cluster-info';
    if (!isInfo && one.metadata.name !== 'kube-root-ca.crt') return [];
    const pem: unknown = isInfo ? embedded(at(one, 'data', 'kubeconfig')) : at(one, 'data', 'ca.crt');
    return typeof pem === 'string' ? [{ one, ca: readCertificates(pem, fullName(one)).certificates }] : [];
  });

const embedded = (kubeconfig: unknown): string | undefined => {
  const parsed = typeof kubeconfig === 'string' ? readYaml(kubeconfig) : undefined;
  const data: unknown =
    parsed && 'value' in parsed ? at(parsed.value, 'clusters', 0, 'cluster', 'certificate-authority-data') : undefined;
  return typeof data === 'string' ? Buffer.from(data, 'base64').toString() : undefined;
};

export const republish = (finding: PublishedFinding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const because = 'clients must be told the CA that signed the API server';
  if (host && 'path' in finding.facts) {
    const want = isOurs(chart)
      ? restoreAt(chart, host.name, finding.facts.path, authorityPaths.ca, `/etc/systemd/system/${kcm}.service`)
      : flagSet(host, kcm, { 'root-ca-file': authorityPaths.ca }, because);
    return want.length > 0
      ? { title: `Let ${kcm} on ${host.name} give pods the cluster's CA`, risk: 'restart', want }
      : advice(finding.facts.path);
  }
  const published = 'configMap' in finding.facts ? finding.facts.configMap : 'kube-root-ca.crt';
  const pem = authorityPemOf(chart, 'ca');
  const seen = chart.api.objects[maps];
  const all = seen && 'value' in seen && pem !== '' ? seen.value : [];
  const want = all
    .filter(one => fullName(one) === published || one.metadata.name === published)
    .flatMap(one => {
      const { name, namespace } = one.metadata;
      const data =
        name === 'cluster-info'
          ? {
              kubeconfig: String(at(one, 'data', 'kubeconfig')).replace(
                /(certificate-authority-data: *)\S+/,
                `$1${Buffer.from(pem).toString('base64')}`,
              ),
            }
          : { 'ca.crt': pem };
      return [
        object(
          `/api/v1/namespaces/${namespace}/configmaps/${name}`,
          { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace: namespace ?? 'default' }, data },
          { because, create: false },
        ),
      ];
    });
  return want.length > 0
    ? { title: `Publish the cluster's CA in ${published} again`, risk: 'restart', want }
    : advice(published);
};

const advice = (published: string): Therapy | Refusal => ({
  refused: 'the true CA, or what publishes it, was not seen',
  advice: [
    `put the text of ${authorityPaths.ca} into ${published}`,
    'kubeadm join --discovery-token-ca-cert-hash compares the CA of cluster-info with the hash: print the ' +
      'command anew (kubeadm token create --print-join-command)',
  ],
});

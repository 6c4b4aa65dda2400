/** A serving certificate by the cluster's CA, with the node's name and addresses; or the right CA at the API server. */
import { sh } from '../../../../shell/sh.js';
import type { Refusal, Therapy } from '../../../case.js';
import type { Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { authorityPaths, authorityPemOf } from '../../../read/authority.js';
import { controls, hostsOf } from '../../../read/hosts.js';
import { isOurs } from '../../../read/supervision.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { certifiedNodeOf, ownNames } from '../../../read/node-name.js';
import { signedCertificate, textFile } from '../../../therapies/files.js';
import { flagSet } from '../../../therapies/place.js';
import { restarted, restartOf } from '../../../therapies/restart.js';
import { restoreAt } from '../../../therapies/restore.js';
import { absolutePath } from '../../../../model/path.js';
import { idOf, type Resource } from '../../../../model/resource.js';
import { dialled, servingFile } from './kubelet.js';
import type { Finding } from './variants.js';

export const therapy = (finding: Finding, chart: Chart): Therapy | Refusal => {
  const host = chart.hosts.get(finding.host);
  const want = !host
    ? []
    : finding.variant === 'wrong-authority'
      ? authorityAgain(chart, host, finding.facts.path)
      : isOurs(chart)
        ? restoreAt(
            chart,
            host.name,
            '/var/lib/kubelet/pki/kubelet.crt',
            '/var/lib/kubelet/config.yaml',
            '/etc/systemd/system/kubelet.service',
            authorityPaths.ca,
          )
        : asksForItself(host)
          ? []
          : signedHere(chart, host);
  if (want.length > 0)
    return {
      title:
        finding.variant === 'wrong-authority'
          ? `Verify kubelets by the cluster's CA again on ${finding.host}`
          : `Sign the kubelet of ${finding.host} a serving certificate with all its names`,
      risk: 'restart',
      want,
    };
  return finding.variant === 'request-pending'
    ? {
        refused: 'to approve a request is to hand out an identity: a person must read the names in it first',
        advice: [
          sh`kubectl get csr ${finding.facts.request} -o jsonpath='{.spec.request}' | base64 -d` +
            ' | openssl req -noout -subject -text',
          `only where subject is system:node:${finding.host} and the names are this node's own: ` +
            `${sh`kubectl certificate approve ${finding.facts.request}`}`,
          'install an approver that checks names against the Node, or requests come back every year',
        ],
      }
    : {
        refused:
          `the kubelet on ${finding.host} asks for its serving certificate itself (serverTLSBootstrap): what is ` +
          'signed for it by hand is not read',
        advice: [
          `${sh`rm ${finding.facts.path}`}, systemctl restart kubelet: it asks again`,
          'kubectl get csr, read the names in the request, kubectl certificate approve',
        ],
      };
};

const asksForItself = (host: HostChart): boolean => kubeletOf(host).value('serverTLSBootstrap') === true;

function authorityAgain(chart: Chart, host: HostChart, path: string): readonly Resource[] {
  if (isOurs(chart))
    return restoreAt(chart, host.name, authorityPaths.ca, '/etc/systemd/system/kube-apiserver.service');
  const because = 'it is the CA that signs kubelets';
  if (path !== authorityPaths.ca)
    return flagSet(host, 'kube-apiserver', { 'kubelet-certificate-authority': authorityPaths.ca }, because);
  const caPem = authorityPemOf(chart, 'ca');
  if (caPem === '') return [];
  const file = textFile(path, caPem, 0o644, { host: host.name, because });
  return [file, ...restartOf(host, [path], because, [idOf(file)])];
}

function signedHere(chart: Chart, host: HostChart): readonly Resource[] {
  const caPem = authorityPemOf(chart, 'ca');
  if (caPem === '') return [];
  const path = servingFile(host);
  const given: unknown = kubeletOf(host).value('tlsPrivateKeyFile', 'tls-private-key-file');
  const key = typeof given === 'string' && given !== '' ? given : path.replace(/\.crt$/, '.key');
  if (absolutePath(path) === undefined || absolutePath(key) === undefined) return [];
  const name = certifiedNodeOf(chart, host);
  if (name === undefined) return [];
  const because = 'the API server verifies what kubelets serve';
  const sans = ownNames(chart, host, [
    ...new Set([
      name,
      host.address,
      ...hostsOf(chart)
        .filter(controls)
        .map(server => dialled(chart, host, server)),
    ]),
  ]);
  const made = signedCertificate(
    path,
    key,
    {
      ca: 'ca',
      commonName: `system:node:${name}`,
      organizations: ['system:nodes'],
      sans,
      usages: ['server'],
      days: 365,
    },
    caPem,
    { host: host.name, because, stage: 'nodes' },
  );
  return [made, restarted(host, 'kubelet', [path, key], because, [idOf(made)])];
}

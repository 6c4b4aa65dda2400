/** What a kubelet serves, as what the API server dials it, and what it has asked for. */
import { kubeletPort } from '../../../../model/components.js';
import type { Certificate } from '../../../../pki/certificate.js';
import type { ApiObject, Chart } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { flagsOf } from '../../../read/flags.js';
import { kubeletOf, nodeNameOf } from '../../../read/kubelet.js';
import { listAt } from '../../../read/yaml.js';

/** Where it shows its certificate to those who call it. */
export const port = { number: kubeletPort, source: `port ${kubeletPort}` } as const;

/** Without tlsCertFile a kubelet serves (and where it is missing, makes) kubelet.crt in its --cert-dir. */
export const servingFile = (node: HostChart): string => {
  const kubelet = kubeletOf(node);
  const given: unknown = kubelet.value('tlsCertFile', 'tls-cert-file');
  const folder: unknown = kubelet.flags?.get('cert-dir') ?? '/var/lib/kubelet/pki';
  return typeof given === 'string' && given !== ''
    ? given
    : `${folder}/kubelet${kubelet.value('serverTLSBootstrap') === true ? '-server-current.pem' : '.crt'}`;
};

/** client-go's certutil.GenerateSelfSignedCertKey: `host@1700000000`, issued by `host-ca@1700000000` or by itself. */
export const signedBySelf = (leaf: Certificate, rest: readonly Certificate[]): boolean =>
  leaf.issuerDer === leaf.subjectDer ||
  /-ca@\d+$/.test(leaf.issuer) ||
  rest.some(one => one.subjectDer === leaf.issuerDer && one.issuerDer === one.subjectDer && /@\d+$/.test(one.subject));

/** The first address of the Node that --kubelet-preferred-address-types asks for. Without the Node: the host's own. */
export const dialled = (chart: Chart, node: HostChart, server: HostChart): string => {
  const list = chart.api.objects.nodes;
  const object = list && 'value' in list ? list.value.find(one => one.metadata.name === nodeNameOf(node)) : undefined;
  const types = flagsOf(server, 'kube-apiserver').inForce?.all('kubelet-preferred-address-types') ?? [];
  const addresses: readonly { readonly type?: string; readonly address?: string }[] = listAt(
    object,
    'status',
    'addresses',
  );
  for (const type of types.length > 0
    ? types
    : ['Hostname', 'InternalDNS', 'InternalIP', 'ExternalDNS', 'ExternalIP']) {
    const found = addresses.find(one => one.type === type)?.address;
    if (found !== undefined) return found;
  }
  return node.address;
};

/** The newest request for a serving certificate that nobody has answered. */
export const requestOf = (requests: readonly ApiObject[], node: string): ApiObject | undefined =>
  requests
    .filter(
      one =>
        one.spec?.signerName === 'kubernetes.io/kubelet-serving' &&
        one.spec?.username === `system:node:${node}` &&
        listAt(one, 'status', 'conditions').length === 0,
    )
    .sort((a, b) =>
      String(b.metadata.creationTimestamp ?? '').localeCompare(String(a.metadata.creationTimestamp ?? '')),
    )[0];

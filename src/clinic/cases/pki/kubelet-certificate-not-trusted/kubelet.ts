/** What a kubelet serves, as what the API server dials it, and what it has asked for. */
import type { Certificate } from '../../../../pki/certificate.js';
import type { ApiObject } from '../../../chart/chart.js';
import type { HostChart } from '../../../chart/host-chart.js';
import { kubeletOf } from '../../../read/kubelet.js';
import { listAt } from '../../../read/yaml.js';

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

import { restartedNow, logOf, signed } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const pki = '/etc/kubernetes/pki/etcd';
const another = (lab: LabCluster): string =>
  lab.hosts.find(host => host.roles.includes('etcd') && host.name !== firstControlPlane(lab))?.name ??
  firstControlPlane(lab);
const peer = (host: string, extensions: readonly string[]): Script => sh`set -e
${raw(
  signed({
    cert: `${pki}/peer.crt`,
    key: `${pki}/peer.key`,
    subject: `/CN=${host}`,
    ca: `${pki}/ca.crt`,
    caKey: `${pki}/ca.key`,
    extensions,
  }),
)}
${raw(restartedNow('etcd'))}`;

export default defineFault({
  case: 'etcd-peer-san',
  variants: {
    address: {
      on: firstControlPlane,
      needs: { controlPlanes: 3 },
      break: (_, host) =>
        peer(host, ['subjectAltName=DNS:localhost,IP:127.0.0.1', 'extendedKeyUsage=serverAuth,clientAuth']),
      symptom: {
        on: another,
        script: logOf('etcd', 400),
        expect: /x509: certificate is valid for 127\.0\.0\.1, not|does not match any of DNSNames|tls: bad certificate/,
        seconds: 60,
      },
    },
    usage: {
      on: firstControlPlane,
      needs: { controlPlanes: 3 },
      break: (lab, host) =>
        peer(host, [
          `subjectAltName=DNS:${host},IP:${lab.hosts.find(one => one.name === host)?.address},IP:127.0.0.1`,
          'extendedKeyUsage=serverAuth',
        ]),
      symptom: {
        on: another,
        script: logOf('etcd', 400),
        expect: /incompatible key usage|tls: bad certificate/,
        seconds: 60,
      },
    },
  },
});

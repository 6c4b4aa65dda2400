import { signed } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const pki = '/etc/kubernetes/pki';
const own = (lab: LabCluster): string => addressOf(lab, firstControlPlane(lab));

/** The certificate that is there, without some of its names, for the same key and by the same CA. */
const without = (
  cert: string,
  ca: string,
  subject: string,
  usages: string,
  ...names: readonly string[]
): Script => sh`set -e
san=$(openssl x509 -noout -ext subjectAltName -in ${pki}/${cert}.crt | tail -n 1 | sed 's/IP Address/IP/g; s/ //g' | \
tr ',' '\\n' | grep -vxF ${names.flatMap(name => ['-e', name])} | paste -sd, -)
${raw(
  signed({
    cert: `${pki}/${cert}.crt`,
    key: `${pki}/${cert}.key`,
    subject,
    ca: `${pki}/${ca}.crt`,
    caKey: `${pki}/${ca}.key`,
    extensions: [raw(sh`"subjectAltName=$san"`), `extendedKeyUsage=${usages}`],
  }),
)}`;

const called = (lab: LabCluster, name: string, port: number): Script =>
  sh`curl -sS -m 5 --noproxy '*' --cacert ${pki}/ca.crt --connect-to ${name}:${port}:${own(lab)}:6443 \
https://${name}:${port}/readyz`;

const refused = /no alternative certificate subject name matches|certificate subject name|IP address mismatch/;

export default defineFault({
  case: 'name-missing-in-certificate',
  variants: {
    dialled: {
      on: firstControlPlane,
      break: lab =>
        without(
          'apiserver',
          'ca',
          '/CN=kube-apiserver',
          'serverAuth',
          `IP:${lab.endpoint.address}`,
          `DNS:${lab.endpoint.address}`,
        ),
      // The API server reads its serving certificate again within a minute.
      symptom: { script: lab => called(lab, lab.endpoint.address, lab.endpoint.port), expect: refused, seconds: 120 },
    },
    service: {
      on: firstControlPlane,
      break: without('apiserver', 'ca', '/CN=kube-apiserver', 'serverAuth', 'IP:10.96.0.1'),
      symptom: { script: lab => called(lab, '10.96.0.1', 443), expect: refused, seconds: 120 },
    },
    'load-balancer': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: without('apiserver', 'ca', '/CN=kube-apiserver', 'serverAuth', 'DNS:kubernetes'),
      symptom: { script: lab => called(lab, 'kubernetes', 6443), expect: refused, seconds: 120 },
    },
    // etcd reads its certificate again at every handshake.
    etcd: {
      on: firstControlPlane,
      break: lab =>
        without(
          'etcd/server',
          'etcd/ca',
          `/CN=${firstControlPlane(lab)}`,
          'serverAuth,clientAuth',
          `IP:${own(lab)}`,
          'IP:127.0.0.1',
        ),
      symptom: {
        script: lab =>
          sh`curl -sS -m 5 --noproxy '*' --cacert ${pki}/etcd/ca.crt --cert ${pki}/etcd/healthcheck-client.crt \
--key ${pki}/etcd/healthcheck-client.key https://${own(lab)}:2379/health`,
        expect: refused,
        seconds: 30,
      },
    },
  },
});

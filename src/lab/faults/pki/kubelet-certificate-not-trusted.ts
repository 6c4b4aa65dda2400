import { kubectl, otherAuthority, setFlag, signed } from '../breaking.js';
import { addressOf, defineFault, firstControlPlane, firstWorker, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';
import { pattern } from '../../../model/pattern.js';

const config = '/var/lib/kubelet/config.yaml';
const kubelet = '/var/lib/kubelet/pki/kubelet';
const ca = '/etc/kubernetes/pki/ca';
const otherCa = '/etc/kubernetes/pki/kubelets-ca.crt';
const asked = (lab: LabCluster, node: string): Script =>
  sh`${raw(kubectl)} --server https://${addressOf(lab, firstControlPlane(lab))}:6443 \
get --raw /api/v1/nodes/${node}/proxy/healthz`;
/** The kubelet's own certificate, signed by this authority; it always holds the host's name. */
const serving = (host: string, authority: string, moreNames = ''): Script =>
  signed({
    cert: `${kubelet}.crt`,
    key: `${kubelet}.key`,
    subject: `/O=system:nodes/CN=system:node:${host}`,
    ca: `${authority}.crt`,
    caKey: `${authority}.key`,
    extensions: [`subjectAltName=DNS:${host}${moreNames}`, 'extendedKeyUsage=serverAuth'],
  });
const nodes = (lab: LabCluster): readonly string[] =>
  lab.hosts.filter(host => host.roles.includes('controlPlane') || host.roles.includes('worker')).map(host => host.name);

export default defineFault({
  case: 'kubelet-certificate-not-trusted',
  variants: {
    // On kubeadm's clusters kubelets sign themselves from the first day: the flag alone makes the illness, on every
    // node.
    'self-signed': {
      on: lab => (lab.built === 'kubeadm' ? nodes(lab) : firstWorker(lab)),
      break: (lab, host) =>
        lab.built === 'kubewizard'
          ? sh`set -e
sed -i -e '/^tlsCertFile:/d' -e '/^tlsPrivateKeyFile:/d' ${config}
rm -f ${kubelet}.crt ${kubelet}.key
systemctl restart kubelet.service`
          : lab.hosts.find(one => one.name === host)?.roles.includes('controlPlane')
            ? setFlag('kube-apiserver', 'kubelet-certificate-authority', `${ca}.crt`)
            : sh`true`,
      symptom: {
        on: firstControlPlane,
        script: lab => asked(lab, firstWorker(lab)),
        // A certificate without addresses is refused for that before its issuer is looked at.
        expect: pattern(
          /x509: certificate signed by unknown authority/,
          /|x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/,
        ),
        seconds: 120,
      },
    },
    'wrong-authority': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`set -e
${raw(otherAuthority(otherCa))}
${raw(setFlag('kube-apiserver', 'kubelet-certificate-authority', otherCa))}`,
      symptom: {
        on: firstControlPlane,
        script: lab => asked(lab, firstWorker(lab)),
        expect: /x509: certificate signed by unknown authority/,
        seconds: 120,
      },
    },
    'other-ca': {
      on: firstWorker,
      built: 'kubewizard',
      break: lab => sh`set -e
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=kubernetes -keyout /tmp/other.key \
-out /tmp/other.crt 2>/dev/null
${raw(serving(firstWorker(lab), '/tmp/other', `,IP:${addressOf(lab, firstWorker(lab))}`))}
rm -f /tmp/other.key /tmp/other.crt
systemctl restart kubelet.service`,
      symptom: {
        on: firstControlPlane,
        script: lab => asked(lab, firstWorker(lab)),
        expect: /x509: certificate signed by unknown authority/,
        seconds: 60,
      },
    },
    // A control plane, because the CA's key lies only there.
    'no-address': {
      on: firstControlPlane,
      built: 'kubewizard',
      break: (_, host) => sh`set -e
${raw(serving(host, ca))}
systemctl restart kubelet.service`,
      symptom: {
        script: lab => asked(lab, firstControlPlane(lab)),
        expect: /x509: cannot validate certificate for \S+ because it doesn't contain any IP SANs/,
        seconds: 60,
      },
    },
    'request-pending': {
      on: firstWorker,
      built: 'kubewizard',
      break: sh`set -e
sed -i -e '/^tlsCertFile:/d' -e '/^tlsPrivateKeyFile:/d' -e '/^serverTLSBootstrap:/d' ${config}
echo 'serverTLSBootstrap: true' >> ${config}
systemctl restart kubelet.service`,
      symptom: {
        on: firstControlPlane,
        script: lab => asked(lab, firstWorker(lab)),
        expect: /remote error: tls: internal error/,
        seconds: 90,
      },
    },
  },
  notes:
    'request-pending on kubeadm is a refusal (a person approves), so it is only made where a restored ' +
    'configuration cures it.',
});

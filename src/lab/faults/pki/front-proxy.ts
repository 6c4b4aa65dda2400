import { otherAuthority, restartedNow, setFlag, signed } from '../breaking.js';
import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { raw, type Script, sh } from '../../../shell/sh.js';

const pki = '/etc/kubernetes/pki/front-proxy';
const other = '/etc/kubernetes/pki/other-front-proxy-ca';

/** A front proxy that is believed is answered 403 for the user `probe`; one that is not, 401. */
const vouch = (lab: LabCluster): Script =>
  sh`curl -sk -m 5 --noproxy '*' --cert ${pki}-client.crt --key ${pki}-client.key -H 'X-Remote-User: probe' \
https://${lab.hosts.find(host => host.name === firstControlPlane(lab))?.address ?? ''}:6443/api/v1/nodes`;

/** The client's certificate, signed by an authority that nobody knows. */
const byAnother = {
  cert: `${pki}-client.crt`,
  key: `${pki}-client.key`,
  subject: '/CN=front-proxy-client',
  ca: '/tmp/other.crt',
  caKey: '/tmp/other.key',
  extensions: ['extendedKeyUsage=clientAuth'],
};

export default defineFault({
  case: 'front-proxy',
  variants: {
    authority: {
      on: firstControlPlane,
      break: sh`set -e
${raw(otherAuthority(`${other}.crt`, 'front-proxy-ca'))}
${raw(setFlag('kube-apiserver', 'requestheader-client-ca-file', `${other}.crt`))}`,
      symptom: { script: vouch, expect: /Unauthorized/, seconds: 120 },
    },
    client: {
      on: firstControlPlane,
      break: sh`set -e
openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=front-proxy-ca -keyout /tmp/other.key \
-out /tmp/other.crt 2>/dev/null
${raw(signed(byAnother))}
rm -f /tmp/other.key /tmp/other.crt
${raw(restartedNow('kube-apiserver'))}`,
      symptom: { script: vouch, expect: /Unauthorized/, seconds: 150 },
    },
    'name-not-allowed': {
      on: firstControlPlane,
      break: setFlag('kube-apiserver', 'requestheader-allowed-names', 'somebody-else'),
      symptom: { script: vouch, expect: /Unauthorized/, seconds: 120 },
    },
  },
  notes: 'flags-missing needs an aggregated API server, which this lab has no image of; fixtures cover it.',
});

import { defineFault, firstControlPlane, type LabCluster } from '../fault.js';
import { sh } from '../../../shell/sh.js';

const config = '/etc/kubernetes/haproxy/haproxy.cfg';

const silent = (lab: LabCluster) => sh`exec 3<>/dev/tcp/127.0.0.1/${lab.endpoint.port}; timeout 8 cat <&3 >/dev/null`;

export default defineFault({
  case: 'balancer-idle-timeout',
  variants: {
    short: {
      on: firstControlPlane,
      built: 'kubewizard',
      break: sh`set -e
sed -i -e 's/timeout client 1h/timeout client 5s/' -e 's/timeout server 1h/timeout server 5s/' \
-e '/timeout tunnel/d' ${config}
/usr/sbin/haproxy -c -q -f ${config}
systemctl restart kw-haproxy`,
      // Nobody says a word: haproxy hangs up before an API server would.
      symptom: {
        script: lab => sh`bash -c ${silent(lab)}; [ $? -eq 124 ] || echo 'cut while it was silent'`,
        expect: /cut while it was silent/,
        seconds: 60,
      },
    },
  },
  notes: 'kubeadm’s cluster of the lab has no haproxy.',
});

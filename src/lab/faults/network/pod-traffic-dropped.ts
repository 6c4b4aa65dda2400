import { defineFault, firstWorker, type LabCluster } from '../fault.js';
import { otherThan, podPings } from '../breaking-pods.js';
import { raw, sh } from '../../../shell/sh.js';

const keeperAgain = sh`systemctl start kw-network-keeper.timer 2>/dev/null; true`;

const symptom = {
  script: (lab: LabCluster) => podPings(otherThan(lab, firstWorker(lab))),
  expect: /100% packet loss/,
  seconds: 30,
};
/** The overlay's own rules, which let pods through whatever the policy is; their keeper would bring them back. */
const withoutRules = sh`systemctl stop kw-network-keeper.timer 2>/dev/null; iptables -w -S FORWARD | \
grep -e '--comment kubewizard' | sed 's/^-A /-D /' | while read -r rule; do eval "iptables -w $rule"; done`;

export default defineFault({
  case: 'pod-traffic-dropped',
  variants: {
    'forward-policy': {
      on: firstWorker,
      break: sh`${raw(withoutRules)}\niptables -w -P FORWARD DROP`,
      symptom,
      tidy: keeperAgain,
    },
    'forward-rule': {
      on: firstWorker,
      break: sh`iptables -w -C FORWARD -j REJECT 2>/dev/null || \
iptables -w -I FORWARD -j REJECT --reject-with icmp-host-prohibited`,
      symptom,
    },
    'overlay-down': { on: firstWorker, built: 'kubewizard', break: sh`systemctl stop kw-network.service`, symptom },
    docker: {
      on: firstWorker,
      needs: { packages: ['docker.io'] },
      // Docker sets DROP only where it is Docker that turns forwarding on (moby, setupIPForwarding): as on a host that
      // booted with Docker first.
      break: sh`${raw(withoutRules)}\nsysctl -qw net.ipv4.ip_forward=0; systemctl restart docker.service || \
{ systemctl status -n 20 docker.service >&2; exit 1; }`,
      symptom,
      settle: { script: sh`iptables -S FORWARD | grep -q -e "-P FORWARD DROP"`, seconds: 30 },
      tidy: keeperAgain,
    },
  },
  notes:
    'ip_forward and br_netfilter are the case bridge-nf-ipforward, both back ends of iptables the case ' +
    'iptables-mixed: each is named apart.',
});

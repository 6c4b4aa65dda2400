import { defineFault, firstWorker } from '../fault.js';
import { otherThan, podCallsServiceNextDoor, podPings } from '../breaking-pods.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'bridge-nf-ipforward',
  variants: {
    'ip-forward': {
      on: firstWorker,
      break: sh`sysctl -qw net.ipv4.ip_forward=0`,
      symptom: { script: lab => podPings(otherThan(lab, firstWorker(lab))), expect: /100% packet loss/, seconds: 30 },
    },
    // The pod next door answers in its own name, which no TCP connection to the service would take; ping takes it, and
    // says so.
    'bridge-nf': {
      on: firstWorker,
      break: sh`sysctl -qw net.bridge.bridge-nf-call-iptables=0`,
      symptom: { script: podCallsServiceNextDoor, expect: /DIFFERENT ADDRESS/, seconds: 30 },
    },
    'overridden-at-boot': {
      on: firstWorker,
      break: sh`printf 'net.ipv4.ip_forward = 0\\n' > /etc/sysctl.d/zz-router-off.conf`,
      symptom: {
        script: sh`cat /usr/lib/sysctl.d/*.conf /etc/sysctl.d/*.conf | grep ip_forward | tail -n 1`,
        expect: /ip_forward = 0/,
      },
    },
  },
  notes: 'module-missing: br_netfilter is built into the lab’s kernel; fixtures.',
});

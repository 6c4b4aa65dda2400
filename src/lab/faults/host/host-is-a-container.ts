import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'host-is-a-container',
  variants: {
    kmsg: {
      on: firstWorker,
      // What of the machine is mounted there goes for this host alone.
      break: sh`while umount /dev/kmsg 2>/dev/null; do :; done; rm -f /dev/kmsg
[ ! -e /dev/kmsg ] || exit 1
systemctl restart kubelet.service; true`,
      symptom: {
        script: sh`journalctl -u kubelet -n 30 --no-pager`,
        expect: /open \/dev\/kmsg: no such file or directory/,
        seconds: 40,
      },
    },
  },
  notes: 'read-only-settings: the lab’s hosts share the settings of one kernel, which its kubelets may write: fixture.',
});

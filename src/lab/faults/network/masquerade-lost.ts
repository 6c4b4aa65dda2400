import { defineFault, firstWorker } from '../fault.js';
import { sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'masquerade-lost',
  variants: {
    ours: {
      on: firstWorker,
      built: 'kubewizard',
      // Their keeper would bring them back within half a minute.
      break: sh`systemctl stop kw-network-keeper.timer; iptables -w -t nat -S POSTROUTING | \
grep -e '--comment kubewizard' | sed 's/^-A /-D /' | while read -r rule; do eval "iptables -w -t nat $rule"; done`,
      symptom: {
        script: sh`iptables -w -t nat -S POSTROUTING | grep -e '--comment kubewizard' || \
echo 'nobody masquerades pods'`,
        expect: /nobody masquerades pods/,
      },
      tidy: sh`systemctl start kw-network-keeper.timer 2>/dev/null; true`,
    },
  },
  notes: 'flannel: the lab has none: fixture.',
});

import { starts, through } from '../breaking.js';
import { defineFault, firstWorker } from '../fault.js';
import { raw, sh } from '../../../shell/sh.js';

export default defineFault({
  case: 'unit-changed-on-disk',
  variants: {
    'not-reloaded': {
      on: firstWorker,
      // The unit itself: of a new folder of drop-ins systemd takes no notice until it reads units for another reason.
      break: sh`printf '\\n[Service]\\nNice=-5\\n' >> "$(systemctl show -P FragmentPath kubelet)"`,
      symptom: {
        script: sh`systemctl status kubelet 2>&1`,
        expect: /changed on disk\. Run 'systemctl daemon-reload'/,
        seconds: 30,
      },
    },
    'not-restarted': {
      on: firstWorker,
      break: sh`set -e
f=/var/lib/kubelet/kubeadm-flags.env
if [ -f "$f" ]; then sed -i 's#="#="--v=3 #' "$f"
else ${raw(starts('kubelet'))}
${raw(through(sh`sed 's#^\\(ExecStart=[^ ]*\\)#\\1 --v=3#'`))}; fi
systemctl daemon-reload`,
      symptom: {
        script: sh`pgrep -a kubelet || ps -eo args | grep '[k]ubelet'; \
grep -hs -e --v=3 /var/lib/kubelet/kubeadm-flags.env /etc/systemd/system/kubelet.service`,
        expect: /^(?![^\n]*--v=3)[^\n]*kubelet[^\n]*\n[\s\S]*--v=3/,
        seconds: 30,
      },
    },
  },
});

import { sh } from '../../../shell/sh.js';
import { defineFault, firstWorker } from '../fault.js';

const list = '/etc/apt/sources.list.d/kubernetes.list';

export default defineFault({
  case: 'package-repository-gone',
  variants: {
    apt: {
      on: firstWorker,
      break: sh`mkdir -p /etc/apt/sources.list.d
echo 'deb https://apt.kubernetes.io/ kubernetes-xenial main' >${list}`,
      // The hosts of a lab reach no server of packages, dead or alive.
      symptom: { script: sh`grep -v '^#' ${list}`, expect: /apt\.kubernetes\.io/, seconds: 5 },
      tidy: sh`rm -f ${list}`,
    },
  },
  notes: 'yum is covered by a fixture: the lab’s hosts are Debian.',
});

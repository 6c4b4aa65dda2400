import { setFlag } from '../breaking.js';
import { defineFault, firstControlPlane } from '../fault.js';
import { type Script, sh } from '../../../shell/sh.js';

const running = (flag: string): Script =>
  sh`tr '\\000' '\\n' </proc/$(pidof -s etcd)/cmdline | grep -e ${`--${flag}=`}`;

export default defineFault({
  case: 'etcd-members-differ',
  variants: {
    quota: {
      on: firstControlPlane,
      break: setFlag('etcd', 'quota-backend-bytes', '104857600'),
      symptom: { script: running('quota-backend-bytes'), expect: /=104857600/, seconds: 90 },
    },
    flag: {
      on: firstControlPlane,
      // etcd asks for five heartbeats within an election timeout, which is a second.
      break: setFlag('etcd', 'heartbeat-interval', '200'),
      symptom: { script: running('heartbeat-interval'), expect: /=200/, seconds: 90 },
    },
  },
  notes: 'version is covered by a fixture: the lab has one etcd for all members.',
});

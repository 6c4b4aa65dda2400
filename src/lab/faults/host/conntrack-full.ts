import { defineFault } from '../fault.js';

export default defineFault({
  case: 'conntrack-full',
  variants: {},
  notes:
    'The limit belongs to the one kernel, and cannot be set from a host’s namespace; the lab’s kube-proxy is told to ' +
    'leave it alone for that. Fixtures.',
});

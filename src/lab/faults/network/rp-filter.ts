import { defineFault } from '../fault.js';

export default defineFault({
  case: 'rp-filter',
  variants: {},
  notes: 'It is an illness of Cilium and Calico, and the lab has neither of them. Fixtures.',
});

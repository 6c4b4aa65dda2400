import { defineFault } from '../fault.js';

export default defineFault({
  case: 'swap-on',
  variants: {},
  notes: 'Swap is the one kernel’s, not a host’s of the lab: fixtures.',
});

import { defineFault } from '../fault.js';

export default defineFault({
  case: 'clock-skew',
  variants: {},
  notes: 'All hosts of the lab share one kernel and its clock; fixtures stand in.',
});

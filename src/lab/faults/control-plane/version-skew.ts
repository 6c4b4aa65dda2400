import { defineFault } from '../fault.js';

export default defineFault({
  case: 'version-skew',
  variants: {},
  notes: 'Only one version of the components can be had in the lab (1.20.2): fixtures stand in.',
});

import { defineFault } from '../fault.js';

export default defineFault({
  case: 'upgrade-cut-off',
  variants: {},
  notes: 'The lab has one minor of Kubernetes at a time, and the proof needs an hour without a restart: fixtures.',
});

import { defineFault } from '../fault.js';

export default defineFault({
  case: 'data-path',
  variants: {},
  notes: 'Not made in the lab yet: give it a variant with on, break and symptom, and set lab: true in the case.',
});

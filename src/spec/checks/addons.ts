/** An addon that is asked for by name and cannot be had is refused; left out it would be off. */
import { metricsServerLacking } from '../draft-addons.js';
import { type Check, mistake } from '../finding.js';

export const checkAddons: Check = ({ spec, written, broken }) => {
  if (written.addons?.metricsServer !== true || broken('kubernetes')) return [];
  const lacking = metricsServerLacking(spec.kubernetes, spec.artifacts.source);
  return lacking === undefined
    ? []
    : [
        mistake(
          'addon-not-in-source',
          ['addons', 'metricsServer'],
          `there is none for this cluster: ${lacking}`,
          'leave it out, or choose a newer kubernetes or another artifacts.source',
        ),
      ];
};

/**
 * What a unit was the last time it served: kept while its turn in a rollout lasts, one folder for each unit, so that it
 * can be put back also by a run that knows nothing of this one.
 */
import { type Script, sh } from './sh.js';

/** `before/UNIT/`: `files` and `absent` by their paths, `unit`, `started`, `run`; `passed` once its gate was passed. */
export const beforeFolder = '/var/lib/kubewizard/before';

/** Prints `kept` where the unit, which is in `$u`, has not passed its gate since. */
export const askKept = sh`
[ ! -d ${beforeFolder}/"$u" ] || [ -e ${beforeFolder}/"$u"/passed ] || echo kept`;

export const passed = (unit: string): Script => {
  const folder = `${beforeFolder}/${unit}`;
  return sh`[ ! -d ${folder} ] || : >${`${folder}/passed`}`;
};

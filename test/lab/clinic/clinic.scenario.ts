/** The clinic on a cluster that Kubewizard built: no false alarm, and what the table shows as proven stays so. */
import type { Stage } from '../scenario.js';
import { clinicOn } from './rotation.js';

export const name = 'the clinic: break, diagnose, heal, on a cluster of ours';
export const minutes = 34;
// Enough for every founding case on a machine of the usual kind.
export const share = 0.7;

export const run = (t: Stage): Promise<void> => clinicOn(t, 'kubewizard', 20);

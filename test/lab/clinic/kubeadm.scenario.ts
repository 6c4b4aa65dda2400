/**
 * The clinic on a cluster that kubeadm built, with static pods: no false alarm, and what the table shows as proven
 * stays so.
 */
import type { Stage } from '../scenario.js';
import { clinicOn } from './rotation.js';

export const name = 'the clinic: break, diagnose, heal, on a cluster of kubeadm';
export const minutes = 16;
export const share = 0.9;

export const run = (t: Stage): Promise<void> => clinicOn(t, 'kubeadm', 8);

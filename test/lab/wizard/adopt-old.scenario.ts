/** As it was left running years ago: one control plane, containerd 1, arguments of old. */
import { debianVersion } from '../../../src/catalog/index.js';
import type { Stage } from '../scenario.js';
import { adopts } from './adopt-story.js';

export const name = 'an old cluster of kubeadm is adopted, and nothing of it is changed or restarted';
export const minutes = 12;
export const rotates = true;

export const run = (t: Stage): Promise<void> => adopts(t, { kubernetes: debianVersion, source: 'debian' }, 2);

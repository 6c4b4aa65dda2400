/** As people have it today: the newest kubeadm, three control planes, kube-proxy and CoreDNS as pods. */
import { newestHere } from '../../../src/artifacts/index.js';
import type { Stage } from '../scenario.js';
import { adopts } from './adopt-story.js';

export const name = 'a cluster of kubeadm is adopted, and nothing of it is changed or restarted';
export const minutes = 15;

export const run = async (t: Stage): Promise<void> => adopts(t, await newestHere(), 4);

/** containerd's and runc's own axis. */
import { minorOf } from './versions.js';

/**
 * containerd 1.7 speaks both versions of CRI; 2.x only v1, which kubelets speak from 1.23 on, and which is all that
 * those from 1.36 on accept. Patch levels are the newest that this catalog has heard of: they mend known holes
 * (CVE-2024-25621, CVE-2025-64329).
 */
export const containerdFor = (kubernetes: string): string => (minorOf(kubernetes) <= 30 ? '1.7.27' : '2.1.5');

/** Mends CVE-2025-31133, CVE-2025-52565 and CVE-2025-52881. */
export const runcVersion = '1.3.4';

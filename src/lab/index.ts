/** The lab: real hosts on this one machine (docs/lab.md). */
export { clusterFileForLab, type LabCluster } from './cluster-file.js';
export { labCut, labMend, labReset, labStartHost, labStatus, labStopHost } from './control.js';
export { labDown, labList } from './down.js';
export { labInstall } from './hosts/install.js';
export { type KubeadmTimes, type KubeadmWant, kubeadmUp } from './kubeadm/kubeadm.js';
export type { LabHost, LabState } from './lab.js';
export { defaultLab, type LabWant } from './layout.js';
export { type Keeping, labRestore, labSave } from './save.js';
export { labSsh, labSshArgv, type SshOptions } from './ssh.js';
export { labUp } from './up.js';
export { type WithLab, watchdog, withLab } from './with.js';
export type { LabOptions } from './world.js';

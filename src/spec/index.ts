/** The cluster file: read, checked, explained, written. */
export type { DefaultNote } from './default-note.js';
export { releaseOf } from './defaults.js';
export { type Key, type KeyLife, type Life, lives } from './lives.js';
export { freeNetworks } from './free-networks.js';
export { expandAddresses, expandRange } from './range.js';
export { explainDefaults, readCluster } from './read.js';
export { clusterSchema, type JsonSchema } from './schema-keys.js';
export { clusterReference, tenLines } from './publish/reference.js';
export { renderClusterFile, type Answers } from './publish/render.js';

/** Where binaries and images come from, the cache, and how hosts fetch from it. */
export { writeMirror } from './mirror/write.js';
export { defaultCache, type ReleaseSites, type ResolveOptions, type Wanted } from './options.js';
export { newestHere, type NewestHere } from './go/newest.js';
export { recallArtifacts } from './auto.js';
export { resolveArtifacts } from './resolve.js';
export { type ArtifactServer, serveArtifacts, type Transfer } from './serve/serve.js';

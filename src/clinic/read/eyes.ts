// The names of before, until no case imports them.
export { type EvidenceReader as Eyes, type Look, readEvidence as openEyes } from './evidence-reader.js';

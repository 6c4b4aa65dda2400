/** Writes the documents that are generated: npx tsx scripts/generate-docs.ts */
import { writeFileSync } from 'node:fs';
import { clusterReference, clusterSchema } from '../src/spec/index.js';

const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('cluster-file.md', docs), clusterReference());
writeFileSync(new URL('cluster.schema.json', docs), `${JSON.stringify(clusterSchema(), null, 2)}\n`);

/** Writes the documents that are generated: npx tsx scripts/generate-docs.ts */
import { writeFileSync } from 'node:fs';
import manifest from '../package.json' with { type: 'json' };
import { commands } from '../src/cli/commands.js';
import { manPage } from '../src/cli/man.js';
import { clusterReference, clusterSchema } from '../src/spec/index.js';

const docs = new URL('../docs/', import.meta.url);
writeFileSync(new URL('cluster-file.md', docs), clusterReference());
writeFileSync(new URL('cluster.schema.json', docs), `${JSON.stringify(clusterSchema(), null, 2)}\n`);
writeFileSync(new URL('../man/kw.1', import.meta.url), manPage(manifest.version, commands));

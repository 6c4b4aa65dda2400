/** One scenario in a process of its own: `play.ts FILE DIR LAB LOG`. Its exit code is the verdict. */
import { writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Scenario } from './scenario.js';
import { stage } from './stage.js';
import { shortened, whyOf } from './why.js';

const [, , file = '', dir = '', lab = '', log = ''] = process.argv;
const parent = process.ppid;
// A runner that was killed leaves nobody who would take down what is built from here on.
setInterval(() => {
  if (process.ppid !== parent) process.exit(1);
}, 300).unref();

const scenario = (await import(pathToFileURL(resolve(file)).href)) as Scenario;
const t = stage(resolve('.'), dir, lab, log);
try {
  await scenario.run(t);
  process.exit(0);
} catch (error) {
  t.note(error instanceof Error ? (error.stack ?? error.message) : String(error));
  writeFileSync(whyOf(log), shortened(error instanceof Error ? error.message : String(error)));
  process.exit(1);
}

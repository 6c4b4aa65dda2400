/**
 * Runs the lab's tests, two side by side: `runner.ts [--only NAME]… [--lanes N] [--outputFile=F]`. Needs root on
 * Debian.
 */
import { randomBytes } from 'node:crypto';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { defaultCache, newestHere, resolveArtifacts } from '../../src/artifacts/index.js';
import { none, ofReport, one, sum, type Tally, tallyLine } from '../../src/cli/testing/tally.js';
import { endedBy, tool } from '../../src/cli/testing/tool.js';
import { labDown } from '../../src/lab/index.js';
import { labDirectory } from '../../src/lab/state.js';
import { labWorld } from '../../src/lab/world.js';
import { guard } from './guard.js';
import { type Job, jobs, notToday } from './jobs.js';
import { why, whyOf } from './why.js';

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    outputFile: { type: 'string' },
    lanes: { type: 'string', default: '2' },
  },
});
const root = resolve('.');
const logs = join(root, 'dist/test/lab');
const lab = `test-${randomBytes(4).toString('hex')}`;
/**
 * What fills the time that is left (a share of the clinic's table) ends here: `kw test` as a whole shall end within
 * some 35 minutes on a warm machine, of which the tests without a lab take ten.
 */
const deadline = Date.now() + 26 * 60_000;
/**
 * For what was begun before it: a fault in three API servers and its cure take seven minutes, and may be played once
 * more.
 */
const grace = 8 * 60_000;
/** What must be proven each time may take longer on a slow machine; who runs this stops it after ninety minutes. */
const last = Date.now() + 70 * 60_000;
/** What fills the time that is left needs enough of it to build its cluster and to try something. */
const leastForShare = 6 * 60_000;

/**
 * Scenarios wait most of their time: two labs on two cores take little more than one. Each lane has a lab of its own.
 */
const queues = Array.from({ length: Math.max(1, Number(values.lanes)) }, (_, queue) => `${lab}-${queue + 1}`);

const play = async (job: Job, queue: string, attempt: number): Promise<Tally> => {
  const seconds = Math.min(job.minutes * 60, ((job.share === undefined ? last : deadline + grace) - Date.now()) / 1000);
  if (seconds < 10) return tell(job, 'no time was left for it', '');
  const log = join(logs, `${job.file.replaceAll(/[^\w.-]/g, '_').slice(-80)}.${attempt}.log`);
  await writeFile(log, '');
  await rm(whyOf(log), { force: true });
  return job.kind === 'vitest' ? playVitest(job, log, seconds) : playScenario(job, queue, log, seconds);
};

const playVitest = async (job: Job, log: string, seconds: number): Promise<Tally> => {
  const report = `${log}.json`;
  const argv = [
    'node_modules/.bin/vitest',
    'run',
    '--config',
    'test/lab/vitest.config.ts',
    job.file,
    '--reporter=default',
    '--reporter=json',
    `--outputFile=${report}`,
  ];
  const code = await tool(argv, { cwd: root, seconds });
  if (code !== 0) tell(job, code === 124 ? `not done after ${Math.round(seconds)} s` : `exit code ${code}`, report);
  return readFile(report, 'utf8').then(
    text => ofReport(JSON.parse(text), code),
    () => one(false, job.name),
  );
};

const playScenario = async (job: Job, queue: string, log: string, seconds: number): Promise<Tally> => {
  const dir = await mkdtemp(join(tmpdir(), 'kw-scenario-'));
  // Ended by itself, before it is ended: what it was at is finished and counted.
  const env =
    job.share === undefined
      ? {}
      : { KW_TEST_UNTIL: String(Date.now() + Math.max(0, job.share * (deadline - Date.now()) - 3 * 60_000)) };
  const code = await tool([process.execPath, '--import', 'tsx', 'test/lab/play.ts', job.file, dir, queue, log], {
    cwd: root,
    seconds,
    env,
  });
  await labDown(queue);
  if (code === 124) return tell(job, `not done after ${Math.round(seconds)} s`, `${log}, files in ${dir}`);
  if (code !== 0) return tell(job, `see above\n${await why(log)}`, `${log}, files in ${dir}`);
  await rm(dir, { recursive: true, force: true });
  return one(true, job.name);
};

const tell = (job: Job, reason: string, where: string): Tally => {
  process.stdout.write(`FAILED: ${job.name}: ${reason.split('\n', 1)[0]}${where && `; log: ${where}`}\n`);
  return one(false, `${job.name}: ${reason}`);
};

/** Once more, loudly: what fails twice is red, what fails once is a weakness that must not stay silent. */
const twice = async (job: Job, queue: string): Promise<Tally> => {
  process.stdout.write(`-- ${job.name}\n`);
  if (otherDays.includes(job.name)) {
    process.stdout.write(`SKIPPED: its turn is another day; \`kw test --lab --only "${job.name}"\` runs it\n`);
    return { ...none, skipped: 1 };
  }
  if (job.share !== undefined && deadline - Date.now() < leastForShare) {
    process.stdout.write(
      `SKIPPED: this machine was so slow that ${Math.max(0, Math.round((deadline - Date.now()) / 60_000))} ` +
        `minutes are left; \`kw test --lab --only "${job.name}"\` runs it\n`,
    );
    return { ...none, skipped: 1 };
  }
  const first = await play(job, queue, 1);
  if (first.failed === 0 || endedBy()) return first;
  process.stdout.write(`!!! ${job.name} failed and is run once more\n`);
  const second = await play(job, queue, 2);
  if (second.failed === 0) process.stdout.write(`!!! ${job.name} FAILED ONCE AND PASSED ONCE: it is not reliable\n`);
  return second;
};

await mkdir(logs, { recursive: true });
const newest = await newestHere();
process.stdout.write(
  newest.source === 'go'
    ? `Kubernetes ${newest.kubernetes}, built from Go modules, where a scenario asks for no other\n`
    : `no Go that builds a newer one is on this machine: Kubernetes ${newest.kubernetes} of Debian is what is played\n`,
);
const chosen = (await jobs('test/lab')).filter(
  job => values.only.length === 0 || values.only.some(word => job.name.includes(word) || job.file.includes(word)),
);
// Chosen words may fit nothing here, but a folder without any job is a gate that sees nothing.
if (chosen.length === 0 && values.only.length === 0) throw new Error('test/lab holds no scenario and no test');
// All wait for it on a machine with an empty cache: no scenario's own time shall pass meanwhile.
if (values.only.length === 0)
  await resolveArtifacts(
    { ...newest, arch: 'amd64' },
    { cache: defaultCache(process.env), progress: says => process.stdout.write(`  ${says}\n`) },
  ).catch(error => process.stdout.write(`!!! Kubernetes ${newest.kubernetes} cannot be had: ${error}\n`));
const otherDays = process.env.KW_TEST_FULL || values.only.length > 0 ? [] : notToday(chosen, new Date());
const releases = queues.map(queue => guard(labDirectory(labWorld(), queue)));
const tallies: Tally[] = [];
const waiting = [...chosen];
await Promise.all(
  queues.map(async queue => {
    for (let job = waiting.shift(); job && !endedBy(); job = waiting.shift()) tallies.push(await twice(job, queue));
    await labDown(queue);
  }),
);
for (const release of releases) release();
const total = sum([none, ...tallies]);
if (endedBy()) process.stdout.write(`ended by ${endedBy()}: ${waiting.length} jobs were not begun\n`);
process.stdout.write(`lab: ${tallyLine(total)}\n`);
if (values.outputFile)
  await writeFile(
    values.outputFile,
    JSON.stringify({
      numPassedTests: total.passed,
      numFailedTests: total.failed,
      numPendingTests: total.skipped,
      testResults: total.red.map(fullName => ({
        name: 'lab',
        status: 'failed',
        assertionResults: [{ status: 'failed', fullName }],
      })),
    }),
  );
process.exit(total.failed > 0 ? 1 : 0);

#!/usr/bin/env node
/**
 * Speaks as upstream's e2e.test does: its version, its images, a dry run, and ginkgo's protocol between processes.
 * FAKE_VERSION, FAKE_FAILS, FAKE_SKIPS, FAKE_HANGS, FAKE_DIES (parts of names) and FAKE_BROKEN (the suite cannot begin)
 * say what happens.
 */
import { appendFileSync, writeFileSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';

const { FAKE_VERSION = 'v1.37.2', FAKE_FAILS, FAKE_SKIPS, FAKE_HANGS, FAKE_DIES, FAKE_BROKEN } = process.env;
const flags = new Map(
  process.argv.slice(2).map(word => {
    const [name = '', ...value] = word.replace(/^--?/, '').split('=');
    return [name, value.join('=')];
  }),
);

const names = [
  '[sig-apps] Deployment rolls over [Conformance]',
  '[sig-network] DNS answers (for $a.b) [Conformance]',
  '[sig-network] DNS answers (for $a.b) again [Conformance]',
  '[sig-node] Pods start [Conformance]',
  '[sig-scheduling] Preemption works [Serial] [Conformance]',
  '[sig-storage] Volumes are slow [Slow]',
];
const focus = new RegExp(flags.get('ginkgo.focus') ?? '');
const [group, leaf] = [name => name.split(' ')[0], name => name.split(' ').slice(1).join(' ')];
const report = (name, State, more = {}) => ({
  ContainerHierarchyTexts: [group(name)],
  LeafNodeType: 'It',
  LeafNodeText: leaf(name),
  ContainerHierarchyLabels: [name.includes('[Serial]') ? ['Serial'] : []],
  LeafNodeLabels: ['Conformance'],
  State,
  RunTime: 1_500_000_000,
  ...more,
});
const all = state => names.map(name => report(name, focus.test(name) ? state : 'skipped'));

if (flags.has('version')) process.stdout.write(`${FAKE_VERSION}\n`);
else if (flags.has('list-images'))
  process.stdout.write('registry.k8s.io/e2e-test-images/busybox:1.37.0-2\nregistry.k8s.io/pause:3.10.2\n');
else if (flags.has('ginkgo.dry-run'))
  writeFileSync(flags.get('ginkgo.json-report') ?? '', JSON.stringify([{ SpecReports: all('passed') }]));
else await play();

async function play() {
  if (process.env.GINKGO_PARALLEL_PROTOCOL !== 'HTTP') throw new Error('another protocol');
  const host = flags.get('ginkgo.parallel.host');
  const [me, total] = ['process', 'total'].map(one => Number(flags.get(`ginkgo.parallel.${one}`)));
  if (!(total > 1)) throw new Error('alone it would tell nobody');
  const get = path => fetch(host + path);
  const post = (path, body) => fetch(host + path, { method: 'POST', body: JSON.stringify(body) });
  const poll = async path => {
    for (;;) {
      const answer = await get(path);
      if (answer.status !== 425) return answer;
      await wait(20);
    }
  };
  const stopped = async () => (await get('/abort')).status === 410;
  const done = [];
  const tell = async one => {
    done.push(one);
    await post('/did-run', one);
  };
  const runs = async name => {
    if (!focus.test(name) || (await stopped())) return tell(report(name, 'skipped'));
    appendFileSync('ran.txt', `${me} ${name}\n`);
    const is = part => part !== undefined && name.includes(part);
    if (is(FAKE_DIES)) process.exit(9);
    if (is(FAKE_HANGS)) {
      process.stdout.write(`in ${name}\n`);
      while (!(await stopped())) await wait(20);
      return tell(report(name, 'interrupted', { Failure: { Message: 'Interrupted by Other Ginkgo Process' } }));
    }
    await wait(30);
    if (is(FAKE_FAILS))
      return tell(
        report(name, 'failed', { Failure: { Message: 'no such pod\nat all' }, CapturedGinkgoWriterOutput: 'STEP: x' }),
      );
    if (is(FAKE_SKIPS)) return tell(report(name, 'skipped', { Failure: { Message: 'requires at least 2 nodes' } }));
    return tell(report(name, 'passed'));
  };
  await get('/up');
  await post('/suite-will-begin', {});
  let State = 'passed';
  if (me === 1) {
    if (FAKE_BROKEN) State = 'failed';
    const Failure = { Message: 'nodes are not ready' };
    await tell({
      LeafNodeType: 'SynchronizedBeforeSuite',
      LeafNodeText: '',
      State,
      ...(FAKE_BROKEN ? { Failure } : {}),
    });
    await post('/before-suite-completed', { Data: null, State });
  } else State = (await (await poll('/before-suite-state')).json()).State;
  const serial = names.filter(name => name.includes('[Serial]'));
  const beside = names.filter(name => !serial.includes(name));
  if (State === 'passed') {
    for (;;) {
      const { Index } = await (await get('/counter')).json();
      if (Index >= beside.length) break;
      await runs(beside[Index]);
    }
    if (me === 1) {
      await poll('/have-nonprimary-procs-finished');
      for (const name of serial) await runs(name);
    }
  }
  const SuiteSucceeded = done.every(one => one.State !== 'failed');
  const mine = { SuiteSucceeded, SpecReports: done };
  if (me === 1) {
    const others = await poll('/aggregated-nonprimary-procs-report');
    const more = others.status === 200 ? (await others.json()).SpecReports : undefined;
    writeFileSync(`${flags.get('report-dir')}/all.json`, JSON.stringify(more ? [...done, ...more] : 'gone'));
  }
  await post('/suite-did-end', mine);
  process.exitCode = SuiteSucceeded ? 0 : 1;
}

/** Below the sentence that a program ended with, Go prints its goroutines: the sentence must be among the last lines. */
import { execFileSync } from 'node:child_process';
import { expect, test } from 'vitest';
import { dump } from '../../src/facts/chart/logs.js';

const head = '2026-11-28T20:23:55+0000 kw-4 kubelet[7014]: ';
const said = [
  'F1128 20:23:55.474730    7014 kubelet.go:1350] Failed to start ContainerManager: could not restore state',
  'E1128 20:23:55.474720    7014 cpu_manager.go:203] [cpumanager] could not initialize checkpoint manager: file "/x/y"',
  'I1128 20:23:55.474720    7014 flags.go:59] FLAG: --v="2"',
  'panic: runtime error: invalid memory address or nil pointer dereference',
  '[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x1]',
];
const frames = [
  'goroutine 1 [select]:',
  'goroutine 147 [chan receive, 2 minutes]:',
  'k8s.io/kubernetes/pkg/kubelet/volumemanager/populator.(*desiredStateOfWorldPopulator).Run(0x11daa69c02d0, {0x4280bb8, 0x1}, 0x1)',
  'k8s.io/klog/v2.stacks(0xc000012001, 0xc0001d8000, 0x9f, 0x1f0)',
  'main.main()',
  '\t/go/src/dockerized/go/src/k8s.io/kubernetes/cmd/kubelet/kubelet.go:39 +0xce',
  'created by k8s.io/kubernetes/vendor/k8s.io/klog/v2.init.0',
  'net/http.(*conn).serve({0x1, 0x2})',
  '',
];

test('frames of goroutines go, and what was said stays', () => {
  const input = [...said, ...frames].map(line => head + line).join('\n');
  const output = execFileSync('grep', ['-vE', dump], { input, encoding: 'utf8' });
  expect(output.trim().split('\n')).toEqual(said.map(line => head + line));
});

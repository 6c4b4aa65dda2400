import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { logs } from '../../src/facts/chart/logs.js';

// As kube-scheduler 1.20.2 said it in a static pod of kubeadm's: 207 lines of usage after the one that counts.
test('what a program says before its usage is seen, however long the usage', () => {
  const dir = mkdtempSync(join(tmpdir(), 'kw-logs-'));
  try {
    const pod = join(dir, 'kube-system_kube-scheduler-kw-1_4162b56d/kube-scheduler');
    mkdirSync(pod, { recursive: true });
    const output = (text: string): string => `2026-11-27T14:20:27.724060395Z stderr F ${text}`;
    writeFileSync(
      join(pod, '2.log'),
      `${output('Error: unknown flag: --pod-max')}\n${output('Usage:')}\n${Array.from({ length: 300 }, (_, n) => output(`${n % 2 ? '      ' : '  -v, '}--flag-${n} string   what it does`)).join('\n')}\n`,
    );
    const ofPods = logs.question.script
      .slice(logs.question.script.indexOf('for d in'))
      .replaceAll('/var/log/pods', dir);
    const seen = logs.parse(execFileSync('sh', ['-c', ofPods], { encoding: 'utf8' }), { sentAt: 0, answeredAt: 0 });
    expect(seen['kube-scheduler']).toEqual(['Error: unknown flag: --pod-max', 'Usage:']);
  } finally {
    rmSync(dir, { recursive: true });
  }
});

/** How a unit's main process ended is told where it ended by itself; a signal's number is no exit status. */
import { expect, test } from 'vitest';
import { units } from '../../src/facts/chart/units.js';

const shown = (result: string, status: number): string => `Restart=no
Result=${result}
NRestarts=0
ExecMainStartTimestamp=Sun 2026-11-29 13:07:00 UTC
ExecMainStatus=${status}
Id=kw-renew-certificates.service
LoadState=loaded
ActiveState=failed
SubState=failed
FragmentPath=/etc/systemd/system/kw-renew-certificates.service
DropInPaths=
UnitFileState=static
NeedDaemonReload=no
`;

test.each([
  ['exit-code', 69, 69],
  ['exit-code', 1, 1],
  ['signal', 9, undefined],
  ['success', 0, undefined],
])('Result=%s, ExecMainStatus=%s', (result, status, exitStatus) => {
  const [unit] = units.parse(shown(result, status));
  expect(unit?.exitStatus).toBe(exitStatus);
  expect(unit).toMatchObject({ active: 'failed', result, startedAt: '2026-11-29T13:07:00.000Z' });
});

test('when systemd started a unit again by itself stands beside it', () => {
  const often = shown('success', 0).replace('NRestarts=0', 'NRestarts=7');
  const [unit, ...others] = units.parse(
    `${often}\n\nId=kw-renew-certificates.service\nRestartedAt=1796000000.25 1796000010.5 \n`,
  );
  expect(unit?.restartedAt).toEqual(['2026-11-30T00:53:20.250Z', '2026-11-30T00:53:30.500Z']);
  expect(others).toEqual([]);
});

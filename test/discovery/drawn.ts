/**
 * Charts of other builders, drawn as they are gathered: nodes that the API alone names are in them. And what a host
 * tells its components, read here a second time and plainly.
 */
import type { Chart } from '../../src/clinic/chart/chart.js';
import type { HostChart } from '../../src/clinic/chart/host-chart.js';
import { draw, type Drawing } from '../../src/discovery/draw/draw.js';
import { withNodes } from '../../src/engine/gather/nodes.js';
import type { Refusal } from '../../src/discovery/owner/refusal.js';

export const ways = (chart: Chart) =>
  new Map([...chart.hosts.keys()].map(name => [name, { user: 'root', port: 22 }] as const));

export const drawingOf = (chart: Chart, name?: string): Drawing => {
  const drawn = draw(withNodes(chart), { ways: ways(chart), name });
  if (!drawn.ok) throw new Error(`refused: ${drawn.refusal.code}: ${drawn.refusal.says}`);
  return drawn.drawing;
};

export const refusalOf = (chart: Chart): Refusal => {
  const drawn = draw(withNodes(chart), { ways: ways(chart) });
  if (drawn.ok) throw new Error(`not refused: ${drawn.drawing.by}`);
  return drawn.refusal;
};

/** `held PROGRAM[ on HOSTS] "WORD": why` in the comments of a file → program and word. */
export const heldIn = (text: string): readonly (readonly [program: string, word: string])[] =>
  [...text.matchAll(/^ *# held (\S+)(?: on [^"]*)? ("(?:[^"\\]|\\.)*"): /gm)].map(([, program = '', word = '']) => [
    program,
    JSON.parse(word) as string,
  ]);

/** Words that a host tells a program, as they run there. */
export const argvOf = (host: HostChart, program: string): readonly string[] => {
  const running = 'value' in host.processes ? host.processes.value : [];
  return running.find(one => one.program === program)?.argv.slice(1) ?? [];
};

/** How a line comes to somebody's eyes: by itself, or inside another log's record. */
const of =
  (coat: (line: string) => string) =>
  (text: string): string =>
    text.split('\n').map(coat).join('\n');

export const anyText = {
  itself: of(line => line),
  journal: of(line => `Jan 02 03:04:05 m1 kubelet[77]: ${line}`),
  table: of(line => `│ ${line.padEnd(80)} │`),
};

/** A level is said of one line; speech and tables have none. */
export const oneLine = {
  'a warning': of(line => `time="2026-01-02T03:04:05Z" level=warning msg=${JSON.stringify(line)}`),
  'klog’s warning': of(line => `W0102 03:04:05.000000       1 a.go:1] ${line}`),
  'an info of zap': of(line => JSON.stringify({ level: 'info', ts: 1, msg: line })),
};

export const errorLine = {
  'an error': of(line => `time="2026-01-02T03:04:05Z" level=error msg=${JSON.stringify(line)}`),
  'klog’s error': of(line => `E0102 03:04:05.000000       1 a.go:1] ${line}`),
  'an error of zap': of(line => JSON.stringify({ level: 'warn', ts: 1, msg: 'it failed', error: line })),
};

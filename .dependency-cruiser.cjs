/** The ladder of the house: a folder imports only from folders above it in this list. */
const ladder = ['model', 'net', 'shell', 'catalog', 'pki', 'spec', 'facts', 'resources', 'blueprint', 'plan', 'clinic',
  'preflight', 'discovery', 'transport', 'kube', 'artifacts', 'engine', 'lab', 'workflow', 'cli', 'server'];
const pure = ladder.slice(0, ladder.indexOf('transport'));
const upwards = ladder.map((folder, index) => ({
  name: `${folder}-imports-only-from-above`,
  severity: 'error',
  comment: 'design.md, section 2: the one-way street',
  from: { path: `^src/${folder}/` },
  to: { path: `^src/(${ladder.slice(index + 1).join('|')})/` },
})).filter((_, index) => index < ladder.length - 1);
module.exports = {
  forbidden: [
    ...upwards,
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'pure-above-the-line', severity: 'error', comment: 'only transport/ and below touch the world',
      from: { path: `^src/(${pure.join('|')})/`, pathNot: '\\.test\\.ts$' },
      to: { dependencyTypes: ['core'], path: '^(node:)?(fs|net|http|https|child_process|dgram|tls|os|fs/promises)$' } },
    { name: 'a-case-imports-no-case', severity: 'error', from: { path: '^src/clinic/cases/([^/]+/[^/]+)/' }, to: { path: '^src/clinic/cases/(?!$1/)[^/]+/[^/]+/' } },
    { name: 'a-kind-imports-no-kind', severity: 'error',
      from: { path: '^src/resources/(?!index|kind|wants)([^/]+)\\.ts$' },
      to: { path: '^src/resources/(?!index|kind|wants|$1)' } },
    { name: 'a-fact-imports-no-fact', severity: 'error',
      from: { path: '^src/facts/(?!index)([^/]+)\\.ts$' }, to: { path: '^src/facts/(?!$1)' } },
  ],
  options: { tsPreCompilationDeps: true, tsConfig: { fileName: 'tsconfig.json' }, doNotFollow: { path: 'node_modules' } },
};

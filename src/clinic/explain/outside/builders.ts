/** Tools that make things before a cluster is asked: Terraform and its like, pipelines, builds of images. */
import { pattern } from '../../../model/pattern.js';
import type { Known } from './known.js';

/** A server was asked, and something was in the way. */
const asked = pattern(
  /\b(?:dial|refused|timed? ?-?out|x509|deadline|no route|unreachable|i\/o timeout|webhook|etcd)\b|:6443\b/i,
  /|\bError from server\b|\bUnable to connect\b|\bkubelet\b/,
);

export const builders: readonly Known[] = [
  {
    kind: 'not-ours',
    id: 'infrastructure-code',
    but: asked,
    text: pattern(
      // Terraform and OpenTofu say where in their own files they stand.
      /\bon [\w./-]{1,200}\.tf(?:\.json)? line \d+/m,
      /|\bError (?:acquiring the state lock|loading state|refreshing state)\b/m,
      /|Error: (?:Unsupported|Missing required|Invalid|Duplicate|Inconsistent|Reference to undeclared|Failed to query)/,
      / (?:\w+ ){0,2}(?:attribute|argument|block(?: type)?|provider\w*|resource\w*|module\w*|variable|function|value)/,
      /|\bterraform (?:init|plan|apply)\b.{0,200}\b(?:[Ee]rror|[Ff]ailed)|\bConditionalCheckFailedException\b/,
      /|Provider "registry\.(?:terraform|opentofu)\.\w+\/|could not satisfy plugin requirements|\bState Lock(?:ed)?\b/,
      /|\b(?:fatal|FAILED!?): .{0,20}"?msg"?: ?"?(?:The task includes|the field 'args'|couldn't resolve module)/,
      /|\bpulumi:\S+ .{0,80}error|\bCloudFormation\b.{0,80}ROLLBACK/,
    ),
    why: 'the tool that describes infrastructure stops at its own files, plugins or state',
    todo: 'correct what it names (file and line, provider, lock); the cluster is asked only after that',
  },
  {
    kind: 'not-ours',
    id: 'pipeline',
    but: pattern(asked, /|\bcannot (?:get|list|watch|create) resource\b/),
    text: pattern(
      /\bInput required and not supplied\b|\bResource not accessible by integration\b/im,
      /|\bGITHUB_TOKEN\b.{0,80}permission/im,
      /|\bscript returned exit code \d|\bNo hosted parallelism\b|\byaml invalid\b.{0,80}(?:pipeline|workflow|jobs?)/im,
      /|\bThis job is stuck because\b|\bno runners? (?:online|available|assigned)\b|##\[error\]/im,
      /|\[Pipeline\] |durable-\w+\/script\.sh|\bWorkflow (?:file )?(?:is not valid|was not found)\b/im,
      /|\blookup docker on \S+: no such host\b|tcp:\/\/docker:237[56]\b|\bhttp:\/\/docker:237[56]\//im,
    ),
    why: 'the pipeline stops at a setting, a right or a runner of its own',
    todo: 'look at that job’s variables, rights and runner; what it was to do was not asked of the cluster',
  },
  {
    kind: 'not-ours',
    id: 'chart-or-file',
    but: asked,
    text: pattern(
      /\bparse error at \(\S+\/templates\/|\bfunction "\w+" not defined\b|\bYAML parse error on \S+\/templates\//im,
      /|\btemplate: \S{1,200}:\d+(?::\d+)?: |\bcoalesce\.go:\d+: warning: /im,
      /|unable to (?:decode|parse) "[^"]{1,300}": (?:illegal base64|yaml|json|error|invalid)/im,
      /|\bThe request is invalid: patch: /im,
      /|\binvalid character '.{1,4}' (?:looking for|after|in) .{0,40}(?:key|value|object)/im,
      /|\baccumulation err=|\bmust resolve to a file\b|\bmust build at directory\b/im,
    ),
    why: 'a chart, a manifest or a patch is written wrongly; the cluster did not take part in it',
    todo: 'correct the place that it names; helm template, kubectl apply --dry-run=client or yamllint show it',
  },
  {
    kind: 'not-ours',
    id: 'registry-login',
    but: pattern(asked, /|\bpause:|sandbox/),
    text: pattern(
      /authorization token has expired\. Reauthenticate|\bdenied: permission_denied\b/im,
      /|\bincorrect username or password\b/im,
      /|\bError saving credentials\b|\bdocker-credential-\w+\b.{0,80}(?:not found|failed|error)/im,
      /|\bneeds? (?:to )?(?:re-?)?(?:authenticate|login|log in) (?:again|first)\b/im,
    ),
    why: 'the registry, or a cloud’s, wants a fresh login',
    todo: 'log in again and renew the pull secret (kubectl create secret docker-registry), or give the right to push',
  },
];

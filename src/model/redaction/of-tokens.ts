/** What forges, clouds and chats give out: it says what it is by its first letters, or by the address it opens. */
import { pattern } from '../pattern.js';
import { starts } from './of-commands.js';

const gone = 'REDACTED';

const tokens = pattern(
  /\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}|\bxox[abeprs]-[\w-]{10,}|\bxapp-[\w-]{10,}/g,
  /|\bgl(?:pat|ptt|rt|dt|cbt|ft|oas|imt|agent|soat|ffct)-[\w-]{16,}|\bgls?[ac]_\w{20,}|\bpypi-[\w-]{16,}/,
  /|\bhf_[A-Za-z0-9]{20,}|\bnpm_[A-Za-z0-9]{20,}|\bdckr_pat_[\w-]{16,}|\b(?:AKIA|ASIA)[A-Z0-9]{16}/,
  /|\bAIza[\w-]{30,}|\bsk-[\w-]{20,}|\bAGE-SECRET-KEY-(?:PQ-)?1[A-Z0-9]{20,}|\bya29\.[\w-]{20,}|\b1\/\/0[\w-]{20,}/,
  /|\bhv[sbr]\.[\w-]{20,}|\bs\.[A-Za-z0-9]{24}\b|\bdo[opr]_v1_[0-9a-f]{40,}|\bSG\.[\w-]{16,}\.[\w-]{16,}/,
  /|\b[srp]k_(?:live|test)_\w{10,}|\bsq0[a-z]{3}-[\w-]{20,}|\bshp(?:at|ca|pa|ss)_[0-9a-fA-F]{20,}|\bGOCSPX-[\w-]{20,}/,
  /|\bpul-[0-9a-f]{40}|\btskey-[\w-]{10,}|\bATATT3x[\w=-]{20,}|\bfigd_[\w-]{20,}|\blin_api_\w{20,}|\bntn_\w{20,}/,
  /|\brubygems_[0-9a-f]{40,}|\bdapi[0-9a-f]{32}|\bNRAK-[A-Z0-9]{20,}|\bA[Qg][A-Za-z0-9+/]{36}==/,
  // Ceph's of 32 bytes.
  /|\bA[Qg][A-Za-z0-9+/]{57}=(?![A-Za-z0-9+/=])/,
  // JSON web tokens, and those that were cut within their second part; Grafana's, which are one part.
  /|\beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}(?:\.[A-Za-z0-9_-]*)?|\beyJrIjoi[\w=-]{20,}/,
);

const webhooks = pattern(
  /hooks\.slack\.com\/(?:services|workflows|triggers)|(?:[\w-]+\.)?discord(?:app)?\.com\/api\/(?:v\d+\/)?webhooks/,
  /|[\w.-]+\.webhook\.office\.com\/webhookb2|outlook\.office(?:365)?\.com\/webhook|[\w.-]+\/hooks/,
  /|events\.pagerduty\.com\/integration|open\.(?:feishu\.cn|larksuite\.com)\/open-apis\/bot\/v2\/hook/,
);

export const rulesOfTokens: readonly (readonly [RegExp, string])[] = [
  [new RegExp(`${starts}(?:${tokens.source.replaceAll(/(^|\|)\\b/g, '$1')})`, 'g'), gone],
  // Whoever knows the URL of a webhook may write there.
  [new RegExp(`(https:\\/\\/(?:${webhooks.source})\\/)(?!REDACTED)[^\\s"'<>\\\\]+`, 'gi'), `$1${gone}`],
  // So may whoever knows a signed URL of a store, until it ends: backups are sent by them.
  [
    pattern(
      /([?&](?:sig|signature|x-(?:amz|goog)-signature|key|(?:access_)?token|api_?key|secret)=)/gi,
      /(?!REDACTED)[^\s&"'<>\\]+/,
    ),
    `$1${gone}`,
  ],
  [/(\bapi\.telegram\.org\/bot\d+:)[\w-]+/g, `$1${gone}`],
];

export const mayHoldTokens = pattern(
  /gh[pousr]_|github_pat|xox[abeprs]-|xapp-|gl[a-z]{2,5}-|gl[sac]+_|pypi-|hf_|npm_|dckr_|AKIA|ASIA|AIza|sk-|ya29/,
  /|1\/\/0|hv[sbr]\.|s\.[A-Za-z0-9]{24}|_v1_|SG\.|_live_|_test_|sq0|shp|GOCSPX|pul-|tskey|ATATT|figd_|lin_api/,
  /|ntn_|rubygems_|dapi|NRAK-|A[Qg]|eyJ|webhook|hooks?\b|\/integration\/|[?&](?:[\w-]*sig|key|token|secret|api)/,
);

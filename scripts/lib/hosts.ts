import { repositoryName, repositoryUrl } from './repository.ts';

/** The key of the server at a host: hosts put it before each tool's name, and some allow 60 characters for both. */
export const serverKey = 'ringcentral';

/** How a host starts the server. */
export interface StdioEntry {
  command: string;
  args: string[];
  env?: Record<string, string>;
}

const npx = { command: 'npx', args: ['-y', 'ringcentral-call-control-mcp'] };

/** On the sandbox: no account, no credentials. */
const sandboxEntry: StdioEntry = { ...npx, args: [...npx.args, 'serve', '--sandbox'] };

/** With an account of one's own. */
const accountEntry: StdioEntry = {
  ...npx,
  env: { RC_APP_CLIENT_ID: '…', RC_APP_CLIENT_SECRET: '…', RC_USER_JWT: '…' },
};

/** A server that runs already: `serve --http`, with a key where it wants one. */
const httpEntry = {
  type: 'http',
  url: 'http://127.0.0.1:8800/mcp',
  headers: { Authorization: 'Bearer rcmcp_…' },
};

/**
 * What we know of a host, and from where: `tested` by a test of ours, `tried` with that host by hand, `told` by its
 * documents or its users.
 */
type Known = readonly [words: string, from: 'tested' | 'tried' | 'told'];

export interface Host {
  name: string;
  /** Its section in docs/hosts.md, in Markdown. */
  setUp: readonly string[];
  /** A link that sets it up, where the host has such. */
  link?: string;
  /** Whether and how it puts the guard's question to its person. */
  asks: Known;
  resources: Known;
  /** What of a result reaches the model, and other limits. */
  limits: Known;
}

const line = ({ command, args }: StdioEntry) => [command, ...args].join(' ');
const code = (language: string, text: string) => `\`\`\`${language}\n${text}\n\`\`\``;
const json = (value: unknown) => code('json', JSON.stringify(value, null, 2));
const inMcpServers = (entry: object) => json({ mcpServers: { [serverKey]: entry } });
const encode = (value: object) => encodeURIComponent(JSON.stringify(value));

/** GitHub shows no links of other schemes than https; these pages lead on to the host's. */
const vscodeLink = (entry: StdioEntry) =>
  `https://vscode.dev/redirect?url=${encodeURIComponent(`vscode:mcp/install?${encode({ name: serverKey, ...entry })}`)}`;
const cursorLink = (entry: StdioEntry) => {
  const config = Buffer.from(JSON.stringify(entry)).toString('base64');
  return `https://cursor.com/en/install-mcp?name=${serverKey}&config=${encodeURIComponent(config)}`;
};

/** What `npm run bundle:mcpb` makes, and the release workflow attaches to each release. */
const bundleLink = `${repositoryUrl}/releases/latest/download/${repositoryName}.mcpb`;

const codexEntry = ({ command, args }: StdioEntry) =>
  code('toml', `[mcp_servers.${serverKey}]\ncommand = "${command}"\nargs = ${JSON.stringify(args)}`);

const operatorsPage = 'its documents do not say: take the questions to the operator’s page (`--approvals`)';

export const hosts: readonly Host[] = [
  {
    name: 'Claude Desktop',
    link: bundleLink,
    setUp: [
      `[Download the bundle](${bundleLink}) of the newest release (in a clone \`npm run bundle:mcpb\` makes it), and open it with ` +
        'Claude Desktop: it asks for what it needs, and starts on the sandbox until you turn that off. Or, without the bundle, ' +
        'Settings → Developer → Edit Config opens `claude_desktop_config.json`; restart it afterwards.',
      inMcpServers(sandboxEntry),
    ],
    asks: [operatorsPage, 'told'],
    resources: ['yes, a person picks them', 'told'],
    limits: [
      'starts a server twice at times: one audit log has one writer, the second waits three seconds',
      'told',
    ],
  },
  {
    name: 'Claude Code',
    setUp: [
      code('sh', `claude mcp add ${serverKey} -- ${line(sandboxEntry)}`),
      '`claude mcp list` says whether it connects. A running server over HTTP:',
      code(
        'sh',
        `claude mcp add --transport http ${serverKey} ${httpEntry.url} --header "Authorization: ${httpEntry.headers.Authorization}"`,
      ),
    ],
    asks: ['yes, in a dialog, from 2.1.76 on; for its print mode its documents do not say', 'told'],
    resources: ['yes, as `@ringcentral:…`', 'told'],
    limits: ['25,000 tokens a result (`MAX_MCP_OUTPUT_TOKENS`)', 'told'],
  },
  {
    name: 'VS Code',
    link: vscodeLink(sandboxEntry),
    setUp: [
      `[Install it on the sandbox](${vscodeLink(sandboxEntry)}), or put this into \`.vscode/mcp.json\`:`,
      json({ servers: { [serverKey]: { type: 'stdio', ...sandboxEntry } } }),
    ],
    asks: ['yes', 'told'],
    resources: ['yes, a person adds them to the chat', 'told'],
    limits: ['128 tools at once, of all servers', 'told'],
  },
  {
    name: 'Cursor',
    link: cursorLink(sandboxEntry),
    setUp: [
      `[Install it on the sandbox](${cursorLink(sandboxEntry)}), or put this into \`~/.cursor/mcp.json\`:`,
      inMcpServers(sandboxEntry),
    ],
    asks: ['yes', 'told'],
    resources: ['yes', 'told'],
    limits: ['key and tool’s name together 60 characters', 'told'],
  },
  {
    name: 'Codex',
    setUp: [
      code('sh', `codex mcp add ${serverKey} -- ${line(sandboxEntry)}`),
      'That writes into `~/.codex/config.toml`:',
      codexEntry(sandboxEntry),
    ],
    asks: [operatorsPage, 'told'],
    resources: ['its documents do not say', 'told'],
    limits: ['a call has 300 s (`tool_timeout_sec`); older versions gave 60 or 120', 'told'],
  },
  {
    name: 'Gemini CLI',
    setUp: [
      'In `~/.gemini/settings.json`:',
      inMcpServers(sandboxEntry),
      '`gemini mcp list` says whether it connects. It starts servers only in a folder that it trusts (`/permissions` in its ' +
        'session); `gemini mcp add -s user ringcentral ' +
        `${line(sandboxEntry)}\` writes the same.`,
    ],
    asks: [operatorsPage, 'told'],
    resources: ['yes', 'told'],
    limits: ['tools are called `mcp_ringcentral_…`', 'told'],
  },
  {
    name: 'MCP Inspector',
    setUp: [
      'It wants Node 22.19. In a browser without `--cli`; one request from the command line:',
      code('sh', `npx @modelcontextprotocol/inspector --cli ${line(sandboxEntry)} --method tools/list`),
    ],
    asks: ['in the browser, in a form; from the command line not', 'told'],
    resources: ['yes', 'tried'],
    limits: ['shows text and structure; 2.12.0 on Node 22', 'tried'],
  },
  {
    name: 'Any other, over stdio',
    setUp: [inMcpServers(sandboxEntry)],
    asks: [
      'where it declares `elicitation`; else what the guard asks about is refused, with the way out',
      'tested',
    ],
    resources: ['list, read, subscribe, listen', 'tested'],
    limits: [
      'the same is told as text and as structure, for hosts that show their model one of them',
      'tested',
    ],
  },
  {
    name: 'Any other, over HTTP',
    setUp: [
      'Start the server with `ringcentral-call-control-mcp serve --sandbox --http`. On loopback it wants no key; elsewhere ' +
        '[docs/http.md](http.md) says how one is made.',
      inMcpServers(httpEntry),
    ],
    asks: ['as over stdio; not where a client takes JSON only', 'tested'],
    resources: ['list, read, subscribe, listen', 'tested'],
    limits: ['those in [docs/http.md](http.md)', 'tested'],
  },
];

/** The sections of docs/hosts.md. */
export const hostSections = (): string =>
  hosts.map(({ name, setUp }) => [`## ${name}`, ...setUp].join('\n\n')).join('\n\n');

const cell = ([words, from]: Known) => `${words} (${from})`;

/** What each host can do, as a table. */
export const hostAbilities = (): string =>
  [
    '| host | asks its person | resources | limits |',
    '|---|---|---|---|',
    ...hosts.map(
      ({ name, asks, resources, limits }) =>
        `| ${name} | ${[asks, resources, limits].map(cell).join(' | ')} |`,
    ),
  ].join('\n');

/** The entry for an account, in the form that most hosts take. */
export const accountConfiguration = (): string => inMcpServers(accountEntry);

/** The README's list of hosts. */
export const hostList = (): string =>
  [
    '| host | how |',
    '|---|---|',
    ...hosts.map(({ name, link }) => {
      const anchor = name
        .toLowerCase()
        .replace(/[^\w\s-]/g, '')
        .replace(/\s/g, '-');
      const page = `[set it up](docs/hosts.md#${anchor})`;
      return `| ${name} | ${link ? `[one click](${link}), or ${page}` : page} |`;
    }),
  ].join('\n');

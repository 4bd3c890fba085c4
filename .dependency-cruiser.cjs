/**
 * Who may import whom (docs/architecture.md), as rules for dependency-cruiser. The table below is the whole of it; the
 * rules are made from it. `types` means: types only, erased before anything runs.
 */

const ROOMS = {
  base: {},
  protocol: { imports: ['base'] },
  domain: { imports: ['base'] },
  policy: { imports: ['base', 'domain'] },
  events: { imports: ['base', 'domain'] },
  store: { imports: ['base', 'domain'], types: ['events'] },
  'kinds/contract': { imports: ['base', 'domain'], types: ['protocol', 'events'] },
  flow: { imports: ['base', 'domain', 'policy', 'events', 'kinds/contract'] },
  resources: { imports: ['base', 'domain', 'policy', 'events', 'kinds/contract'], types: ['store'] },
  pages: { imports: ['base'] },
  outgoing: { imports: ['base', 'domain'], types: ['store', 'events'] },
  jobs: { imports: ['base', 'domain'], types: ['store', 'events'] },
  core: {
    imports: ['base', 'domain', 'policy', 'events', 'flow', 'kinds/contract', 'resources', 'pages'],
    types: ['store'],
  },
  http: { imports: ['*'], types: ['store'] },
  frontends: { imports: ['*'], types: ['store'] },
}

// What `*` stands for: every room but the kinds themselves (only their contract is known) and the store (by type).
const ALL = Object.keys(ROOMS).filter((room) => room !== 'store' && room !== 'frontends' && room !== 'http')

// Engines that others are built from; beside the one of its own name a kind may use these.
const SHARED_ENGINES = 'jose|xml'

const TEST = '\\.test\\.ts$'
const folder = (room) => `^src/${room}/`

/** From one room: anything of ours that the table does not name, and by value what it names for types. */
const roomRules = Object.entries(ROOMS).flatMap(([room, { imports = [], types = [] }]) => {
  const allowed = imports.includes('*') ? ALL : imports
  const from = { path: folder(room), pathNot: TEST }
  const rules = [
    {
      name: `room-${room}`,
      comment: `${room} imports ${[...allowed, ...types.map((one) => `types of ${one}`)].join(', ') || 'nothing of ours'}.`,
      severity: 'error',
      from,
      to: { path: '^(src|tools|test|bench|web)/', pathNot: [room, ...allowed, ...types].map(folder) },
    },
  ]
  if (types.length > 0) {
    rules.push({
      name: `types-only-${room}`,
      comment: `${room} knows ${types.join(' and ')} by type only: what it needs of it comes in as an argument.`,
      severity: 'error',
      from,
      to: { path: types.map(folder), dependencyTypesNot: ['type-only'] },
    })
  }
  return rules
})

const kindRules = [
  {
    name: 'kind-room',
    comment: 'A kind imports base, domain, the contract, types of events, pages and its own protocol engine.',
    severity: 'error',
    from: { path: '^src/kinds/(stages|providers|sources|authenticators|policies|transports)/([^/]+)/', pathNot: TEST },
    to: {
      path: '^(src|tools|test|bench|web)/',
      pathNot: [
        ...['base', 'domain', 'kinds/contract', 'pages', 'events'].map(folder),
        `^src/protocol/($2|${SHARED_ENGINES})/`,
        '^src/kinds/$1/$2/',
      ],
    },
  },
  {
    name: 'kind-knows-events-by-type',
    comment: 'A kind names events; it records none.',
    severity: 'error',
    from: { path: '^src/kinds/(?!contract/)[^/]+/', pathNot: TEST },
    to: { path: folder('events'), dependencyTypesNot: ['type-only'] },
  },
  {
    name: 'only-the-registry-names-kinds',
    comment: 'The engines ask for capabilities; they know no kind by name.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/kinds/', '^src/ops/boot\\.ts$', TEST] },
    to: { path: '^src/kinds/(?!contract/|registry\\.ts$)' },
  },
  {
    name: 'registry-imports-kinds-alone',
    comment: 'One line a kind, and nothing else.',
    severity: 'error',
    from: { path: '^src/kinds/registry\\.ts$' },
    to: { path: '^(src|tools|test|bench|web)/', pathNot: '^src/kinds/' },
  },
  {
    name: 'only-boot-reads-the-registry',
    comment: 'ops/boot.ts constructs; the other rooms receive.',
    severity: 'error',
    from: { path: '^src/', pathNot: ['^src/kinds/registry\\.ts$', '^src/(ops|cli)/', TEST] },
    to: { path: '^src/kinds/registry\\.ts$' },
  },
]

/** A package or built-in that belongs to named rooms. */
const only = (name, modules, rooms, comment) => ({
  name,
  comment,
  severity: 'error',
  from: { path: '^src/', pathNot: [...rooms, TEST] },
  to: { path: modules },
})

const packageRules = [
  only(
    'sql-in-store',
    ['node_modules/(kysely|pg|pg-[^/]+|better-sqlite3)/', '^(node:)?sqlite$'],
    ['^src/store/'],
    'SQL and its drivers stay in the store.',
  ),
  only(
    'framework-in-http',
    ['node_modules/(fastify|@fastify/[^/]+|fastify-plugin)/'],
    ['^src/http/'],
    'The framework can be changed in one room.',
  ),
  only(
    'requests-leave-in-outgoing',
    ['^(node:)?(http|https|http2|tls|dgram|dns|dns/promises)$', 'node_modules/(undici|nodemailer)/'],
    ['^src/(outgoing|http|frontends|ops|cli)/'],
    'One outgoing client judges every address; servers listen in http and frontends.',
  ),
  only(
    'environment-in-config',
    ['^(node:)?process$'],
    ['^src/ops/config\\.ts$', '^src/cli/'],
    'Settings come from one place.',
  ),
  only(
    'no-programs-started',
    ['^(node:)?child_process$'],
    [],
    'Nothing that the server runs starts another program: no shell and no PATH to take over.',
  ),
  {
    name: 'pure-rooms',
    comment: 'Protocols, the domain and policies take values and give values: no network, no files, no processes.',
    severity: 'error',
    from: { path: '^src/(protocol|domain|policy)/', pathNot: TEST },
    to: {
      path: '^(node:)?(net|tls|dgram|dns|http|https|http2|fs|os|child_process|worker_threads|cluster|sqlite|timers|readline)(/|$)',
    },
  },
]

const treeRules = [
  {
    name: 'no-cycles',
    comment: 'What imports in a circle cannot be read, or started, from one end.',
    severity: 'error',
    from: {},
    to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
  },
  {
    name: 'no-orphans',
    comment: 'Nobody imports it and it imports nobody: dead, or lost.',
    severity: 'error',
    from: {
      orphan: true,
      path: '^src/',
      pathNot: ['\\.d\\.ts$', TEST, '^src/cli/main\\.ts$', '/client\\.ts$', '^src/pages/.*\\.js$'],
    },
    to: {},
  },
  {
    name: 'resolvable',
    comment: 'The import leads nowhere.',
    severity: 'error',
    from: {},
    to: { couldNotResolve: true },
  },
  {
    name: 'declared',
    comment: 'A package that package.json does not name may be gone tomorrow.',
    severity: 'error',
    from: { path: '^src/' },
    to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
  },
  {
    name: 'no-test-code-in-the-product',
    comment: 'What the server runs comes from src and from the packages that a server installs.',
    severity: 'error',
    from: { path: '^src/', pathNot: TEST },
    to: { path: ['^(tools|test|bench)/', TEST] },
  },
  {
    name: 'no-development-packages-in-the-product',
    comment: '`npm ci --omit=dev` leaves them out.',
    severity: 'error',
    from: { path: '^src/', pathNot: TEST },
    to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
  },
]

module.exports = {
  forbidden: [...roomRules, ...kindRules, ...packageRules, ...treeRules],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: 'specify',
    tsConfig: { fileName: 'tsconfig.json' },
    moduleSystems: ['es6', 'cjs'],
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'node', 'default', 'types'] },
  },
}

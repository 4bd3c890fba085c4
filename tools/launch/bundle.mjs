/**
 * What runs as a server is one bundle of the sources: it starts in a third of the time and needs a third less memory
 * than several hundred modules (docs/adr/0006-typescript-as-it-is.md). It is made anew when a source changed.
 */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'

const FOLDER = 'dist'
const ENTRY = 'gatehouse.mjs'
const STAMP = 'made-of'

/**
 * The bundle's entry, or null where there is none of these very sources.
 *
 * @param {string} root the folder of package.json
 * @returns {string | null}
 */
export const bundleOf = (root) => {
  const folder = path.join(root, FOLDER)
  const stamp = path.join(folder, STAMP)
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === sourcesOf(root) ? path.join(folder, ENTRY) : null
}

/**
 * Makes the bundle and tells its entry. Throws where it cannot be made or written.
 *
 * @param {string} root the folder of package.json
 * @returns {Promise<string>}
 */
export const makeBundle = async (root) => {
  const stamp = sourcesOf(root)
  const folder = path.join(root, FOLDER)
  // Made beside it and moved into its place whole: a process that starts meanwhile never sees half of one.
  const beside = mkdtempSync(path.join(root, `.${FOLDER}-`))
  try {
    await bundleInto(beside, root)
    writeFileSync(path.join(beside, STAMP), stamp)
    // Whoever may read the sources may read the bundle.
    chmodSync(beside, statSync(root).mode & 0o777)
    rmSync(folder, { recursive: true, force: true })
    renameSync(beside, folder)
  } finally {
    rmSync(beside, { recursive: true, force: true })
  }
  return path.join(folder, ENTRY)
}

/**
 * @param {string} into
 * @param {string} root
 */
const bundleInto = async (into, root) => {
  const { build, stop } = await import('esbuild')
  const made = await build({
    absWorkingDir: root,
    entryPoints: [path.join(root, 'src', 'cli', 'main.ts')],
    entryNames: ENTRY.slice(0, -'.mjs'.length),
    outdir: into,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Names stay as they are, so that a stack trace in a log still tells the function.
    minifyWhitespace: true,
    minifySyntax: true,
    legalComments: 'none',
    sourcemap: 'linked',
    sourcesContent: false,
    // Binaries stay packages; `pg` looks for its own by name and does without.
    external: ['@node-rs/*', 'pg-native'],
    banner: { js: "import{createRequire as requireHere}from'node:module';const require=requireHere(import.meta.url);" },
    plugins: [placesOf(root), plainHttp, leftOut],
    write: false,
    logLevel: 'silent',
  })
  await stop()
  for (const { path: file, text } of made.outputFiles) {
    mkdirSync(path.dirname(file), { recursive: true })
    writeFileSync(file, file.endsWith('.mjs') ? ascii(text) : text)
  }
}

/**
 * A source that reads a file beside itself still finds it: what it takes for its own address is that of the source.
 *
 * @param {string} root
 * @returns {import('esbuild').Plugin}
 */
const placesOf = (root) => ({
  name: 'places',
  setup: ({ onLoad }) => {
    onLoad({ filter: /\/src\/.*\.ts$/ }, ({ path: file }) => {
      const text = readFileSync(file, 'utf8')
      if (!text.includes('import.meta.url')) return null
      const place = JSON.stringify(`../${path.relative(root, file)}`)
      return { contents: text.replaceAll('import.meta.url', `new URL(${place}, import.meta.url).href`), loader: 'ts' }
    })
  },
})

/**
 * Imported as a module, `node:http` has all of its exports read, and one of them loads the whole of Node's `fetch`:
 * five megabytes that nothing here uses. Required, each export is read when it is used.
 *
 * @type {import('esbuild').Plugin}
 */
const plainHttp = {
  name: 'plain-http',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: /^node:http$/ }, ({ kind }) =>
      kind === 'import-statement' ? { path: 'http', namespace: 'plain' } : null,
    )
    onLoad({ filter: /^http$/, namespace: 'plain' }, () => ({ contents: "module.exports = require('node:http')" }))
  },
}

/**
 * Packages that the packages here load and nothing here calls: Fastify's own schemas, logger, test requests and versions
 * of plugins, and the metrics that prom-client would gather by itself. They are an eighth of what would be read at every
 * start and kept for good. Calling one throws.
 */
const LEFT_OUT =
  /^(?:@fastify\/ajv-compiler|@fastify\/fast-json-stringify-compiler|semver|pino|light-my-request|\.\/lib\/(?:defaultMetrics|pushgateway))$/

/** @type {import('esbuild').Plugin} */
const leftOut = {
  name: 'left-out',
  setup: ({ onResolve, onLoad }) => {
    onResolve({ filter: LEFT_OUT }, ({ path: name, importer }) =>
      /node_modules\/(?:fastify|prom-client)\//.test(importer) ? { path: name, namespace: 'left-out' } : null,
    )
    onLoad({ filter: /./, namespace: 'left-out' }, ({ path: name }) => {
      const words = JSON.stringify(`${name} is left out of the bundle (tools/launch/bundle.mjs)`)
      return { contents: `module.exports = () => { throw new Error(${words}) }` }
    })
  },
}

/**
 * One character outside of Latin-1 makes V8 keep all of a source at two bytes a character. The bundler escapes those in
 * strings; in regular expressions and templates the same escape means the same.
 *
 * @param {string} text
 */
const ascii = (text) =>
  text.replace(/[^\0-\x7f]/g, (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`)

/**
 * What the bundle is made of, in one line: names, sizes and times of all sources, and the packages.
 *
 * @param {string} root
 */
const sourcesOf = (root) => {
  const hash = createHash('sha256')
  /** @param {string} file */
  const take = (file) => {
    const { size, mtimeMs } = statSync(path.join(root, file))
    hash.update(`${file} ${size} ${mtimeMs}\n`)
  }
  for (const file of readdirSync(path.join(root, 'src'), { recursive: true, encoding: 'utf8' }).sort()) {
    if (file.endsWith('.ts') && !file.endsWith('.test.ts')) take(path.join('src', file))
  }
  for (const file of ['package-lock.json', path.join('tools', 'launch', 'bundle.mjs')]) take(file)
  return hash.digest('hex')
}
